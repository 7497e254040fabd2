import { ChronoError, type ErrorCode, errorFromProblem } from "@chronoledger/core";
import type * as z from "zod";

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

export type JsonRequest<Schema extends z.ZodType> = {
  readonly schema: Schema;
  readonly method?: "GET" | "POST";
  /** JSON value, already encoded. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What to report when the other side cannot be reached or talks nonsense. */
  readonly unreachable: ErrorCode;
};

/**
 * One JSON call with a time limit, a size limit and a checked answer.
 * @throws the problem that the service reported, or `unreachable`.
 */
export async function requestJson<Schema extends z.ZodType>(
  url: string,
  request: JsonRequest<Schema>,
): Promise<z.output<Schema>> {
  const signals = [AbortSignal.timeout(request.timeoutMs), ...(request.signal === undefined ? [] : [request.signal])];
  let status = 0;
  let body: unknown;
  try {
    const response = await fetch(url, {
      method: request.method ?? (request.body === undefined ? "GET" : "POST"),
      headers: {
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.any(signals),
      redirect: "error",
    });
    status = response.status;
    const text = await response.text();
    if (text.length > MAX_RESPONSE_BYTES)
      throw new ChronoError(request.unreachable, { url, reason: "answer too large" });
    body = JSON.parse(text);
  } catch (cause) {
    throw new ChronoError(request.unreachable, { url, ...(status === 0 ? {} : { status }) }, { cause });
  }
  if (status >= 400) throw errorFromProblem(body, request.unreachable, { url });
  const parsed = request.schema.safeParse(body);
  if (!parsed.success)
    throw new ChronoError(
      request.unreachable,
      { url, reason: "the answer does not have the agreed form" },
      { cause: parsed.error },
    );
  return parsed.data;
}
