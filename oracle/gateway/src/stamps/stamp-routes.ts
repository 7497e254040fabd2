import { randomBytes } from "node:crypto";
import { ChronoError, ZERO_HASH } from "@chronoledger/core";
import {
  PageQuery,
  Stamp,
  StampBatch,
  StampBatchId,
  StampBatchRequest,
  StampId,
  StampPage,
  StampRequest,
} from "@chronoledger/core/gateway";
import type { FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext, StampedBlock, Stamper } from "../context.ts";
import type { Caller } from "../http/authenticate.ts";
import { idempotencyKeyOf } from "../http/idempotency.ts";
import { type Route, route } from "../http/route.ts";
import type { LeafContent } from "./leaf-writer.ts";
import { scheduledStampRoutes } from "./scheduled-stamp-routes.ts";
import { placeOf } from "./stamp-ids.ts";
import { stampMeterOf } from "./stamp-meter.ts";

/** 65,536 imprints of 43 characters, with quotes and commas, and room. */
const BATCH_BYTES = 4 * 1024 * 1024;
const tag = "stamps";
const scope = { scope: "stamp" } as const;
const errors = [
  "clock/not-available",
  "round/failed",
  "round/conflict",
  "quota/exceeded",
  "idempotency/mismatch",
] as const;

/** Stamps now, one or many, and what was stamped. */
export function stampRoutes(context: GatewayContext): Route[] {
  const { stamper } = context;
  const batchOf = async (caller: Caller, id: string): Promise<StampedBlock> => {
    const { sequence, index: at } = placeOf(id);
    const { block, index } = await stamper.load(sequence, at);
    if (block.accountId !== caller.accountId || index !== 0 || block.count !== Number(id.split("_")[3]))
      throw new ChronoError("input/not-found", { id });
    return block;
  };

  return [
    ...scheduledStampRoutes(context),
    route({
      method: "POST",
      path: "/v1/stamps",
      operationId: "createStamp",
      tag,
      summary: "Stamps an imprint, or one that the gateway draws, with the time of its arrival",
      access: scope,
      body: StampRequest,
      answer: Stamp,
      status: 201,
      errors,
      idempotency: "own",
      async handle({ body, caller, request, reply }) {
        const leaves = [{ imprint: body.imprint ?? randomBytes(32), context: body.context ?? ZERO_HASH }];
        const block = await stampFor(stamper, leaves, { caller: requireCaller(caller), request, reply });
        sendMade(reply, block, block.toStampText());
        return undefined;
      },
    }),
    route({
      method: "POST",
      path: "/v1/stamps/batch",
      operationId: "createStampBatch",
      tag,
      summary: "Stamps many imprints, or draws so many, with one reading; proofs are derived from the answer offline",
      access: scope,
      body: StampBatchRequest,
      maxBytes: BATCH_BYTES,
      answer: StampBatch,
      status: 201,
      errors,
      idempotency: "own",
      async handle({ body, caller: given, request, reply }) {
        const caller = requireCaller(given);
        const count = "count" in body ? body.count : body.imprints.length;
        const { maxBatch, name } = caller.tier;
        if (count > maxBatch)
          throw new ChronoError(
            "input/too-large",
            { leaves: count, most: maxBatch, tier: name },
            { remedy: "send several batches" },
          );
        const context = "count" in body ? ZERO_HASH : (body.context ?? ZERO_HASH);
        const leaves = "count" in body ? { count } : body.imprints.map((imprint) => ({ imprint, context }));
        const block = await stampFor(stamper, leaves, { caller, request, reply });
        sendMade(reply, block, block.toBatchText());
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/stamps",
      operationId: "listStamps",
      tag,
      summary: "What this account stamped, newest first; a batch is one entry",
      access: scope,
      query: PageQuery,
      answer: StampPage,
      handle: ({ caller, query }) => stamper.list(requireCaller(caller).accountId, query),
    }),
    route({
      method: "GET",
      path: "/v1/stamps/:id",
      operationId: "readStamp",
      tag,
      summary: "A stamp of this account, also one of a batch, with its proof",
      access: scope,
      params: z.object({ id: StampId }),
      answer: Stamp,
      async handle({ params: { id }, caller, reply }) {
        const { sequence, index: at } = placeOf(id);
        const { block, index } = await stamper.load(sequence, at);
        if (block.accountId !== requireCaller(caller).accountId) throw new ChronoError("input/not-found", { id });
        reply.type("application/json").send(block.toStampText(index));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/batches/:id",
      operationId: "readStampBatch",
      tag,
      summary: "A batch of this account, from which all its proofs are derived offline",
      access: scope,
      params: z.object({ id: StampBatchId }),
      answer: StampBatch,
      async handle({ params: { id }, caller, reply }) {
        const block = await batchOf(requireCaller(caller), id);
        reply.type("application/json").send(block.toBatchText());
        return undefined;
      },
    }),
  ];
}

type Made = { readonly caller: Caller; readonly request: FastifyRequest; readonly reply: FastifyReply };

const stampFor = (stamper: Stamper, leaves: LeafContent, { caller, request, reply }: Made): Promise<StampedBlock> =>
  stamper.stamp({
    caller,
    leaves,
    meter: stampMeterOf(caller.tier),
    idempotency: idempotencyKeyOf(request),
    isGone: () => reply.raw.destroyed,
  });

/** As text that was put together by hand: encoding by the schema would cost more than the stamp. */
function sendMade(reply: FastifyReply, block: StampedBlock, text: string): void {
  if (block.replayed) reply.header("Idempotency-Replayed", "true");
  reply.code(201).type("application/json").send(text);
}
