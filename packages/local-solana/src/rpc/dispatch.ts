import * as z from "zod";
import type { Ledger } from "../ledger.ts";
import { accountMethods } from "./account-methods.ts";
import { blockMethods } from "./block-methods.ts";
import { historyMethods } from "./history-methods.ts";
import { toJson } from "./json.ts";
import type { RpcMethod } from "./method.ts";
import { asRpcError, RpcError } from "./rpc-error.ts";
import { transactionMethods } from "./transaction-methods.ts";

const MAX_BATCH = 100;

export const Request = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string().max(128), z.number(), z.null()]).optional(),
  method: z.string().max(64),
  params: z.array(z.unknown()).nullish(),
});
export type Request = z.output<typeof Request>;

export const ordinaryMethods: Readonly<Record<string, RpcMethod>> = {
  ...accountMethods,
  ...blockMethods,
  ...historyMethods,
  ...transactionMethods,
};

export const answer = (id: Request["id"], result: unknown): string =>
  toJson({ jsonrpc: "2.0", result, id: id ?? null });

export function answerError(id: Request["id"], error: unknown): string {
  const { code, message, data } = asRpcError(error);
  return toJson({ jsonrpc: "2.0", error: { code, message, ...(data === undefined ? {} : { data }) }, id: id ?? null });
}

/** Answers the body of a POST: one request or a batch. */
export function dispatch(
  ledger: Ledger,
  methods: Readonly<Record<string, RpcMethod>>,
  body: string,
  unexpected: (error: unknown, method: string) => void,
): string {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return answerError(null, new RpcError("parse error", "Parse error"));
  }
  if (!Array.isArray(given)) return answerOne(ledger, methods, given, unexpected);
  if (given.length === 0 || given.length > MAX_BATCH)
    return answerError(null, new RpcError("invalid request", `a batch has 1 to ${MAX_BATCH} requests`));
  return `[${given.map((one) => answerOne(ledger, methods, one, unexpected)).join(",")}]`;
}

function answerOne(
  ledger: Ledger,
  methods: Readonly<Record<string, RpcMethod>>,
  given: unknown,
  unexpected: (error: unknown, method: string) => void,
): string {
  const request = Request.safeParse(given);
  if (!request.success) return answerError(null, new RpcError("invalid request", "Invalid request"));
  const { id, method, params } = request.data;
  try {
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (run === undefined) throw new RpcError("method not found", "Method not found");
    return answer(id, run(ledger, params ?? []) ?? null);
  } catch (error) {
    if (asRpcError(error).code === new RpcError("internal", "").code) unexpected(error, method);
    return answerError(id, error);
  }
}
