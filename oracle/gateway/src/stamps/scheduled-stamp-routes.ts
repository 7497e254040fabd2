import { randomBytes } from "node:crypto";
import { ChronoError, NS_PER_S, toUtc, unixNs } from "@chronoledger/core";
import {
  PageQuery,
  ScheduledStamp,
  ScheduledStampId,
  ScheduledStampPage,
  ScheduledStampRequest,
} from "@chronoledger/core/gateway";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import { AnswerBook } from "../http/idempotency.ts";
import { newId } from "../http/new-id.ts";
import { type Route, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";
import { cancelScheduled, insertScheduled, listScheduled, readScheduled, type ScheduledRow } from "./scheduled-rows.ts";
import { stampMeterOf } from "./stamp-meter.ts";

const MOST_AHEAD_NS = 366n * 86_400n * NS_PER_S;
const tag = "scheduled stamps";
const access = { scope: "stamp" } as const;
const params = z.object({ id: ScheduledStampId });

/** Certificates at instants to come. They are charged when they are ordered, whatever becomes of them. */
export function scheduledStampRoutes(context: GatewayContext): Route[] {
  const { db, vault, clock, arrival, metering, stamper, scheduledStamps } = context;
  const answers = new AnswerBook(vault, () => clock.utcNow());
  const answerOf = async (row: ScheduledRow): Promise<ScheduledStamp> => {
    const { id, state, imprint, exact, reason, sequence, leaf_index } = row;
    const stamp = sequence === null ? null : await stamper.find(BigInt(sequence), Number(leaf_index));
    return { id, state, timeUtcNs: BigInt(row.time_utc), imprint, stamp, exact, reason };
  };
  const utcNow = () => {
    const now = arrival.now();
    return now === undefined ? clock.utcNow() : toUtc(now.time, now.taiMinusUtc);
  };

  return [
    route({
      method: "POST",
      path: "/v1/stamps/scheduled",
      operationId: "scheduleStamp",
      tag,
      summary: "Orders a certificate at exactly this instant, which stamps the imprint; charged now",
      access,
      body: ScheduledStampRequest,
      answer: ScheduledStamp,
      status: 201,
      errors: ["quota/exceeded"],
      async handle({ body: { timeUtcNs, imprint = randomBytes(32) }, caller: given, request, reply }) {
        const caller = requireCaller(given);
        const now = utcNow();
        if (timeUtcNs <= now || timeUtcNs > now + MOST_AHEAD_NS)
          throw new ChronoError(
            "input/out-of-range",
            { timeUtcNs: String(timeUtcNs), now: String(now) },
            { remedy: "an instant within a year from now is needed" },
          );
        const { accountId, tier } = caller;
        const meter = stampMeterOf(tier);
        const answer = ScheduledStamp;
        await runEffect({ db, answers, accountId, request, reply, status: 201, answer }, async (tx) => {
          await metering.charge(tx, caller, meter, 1);
          const order = { id: newId("ss"), account_id: accountId, imprint, precision: tier.precision, meter };
          return answerOf(await insertScheduled(tx, { ...order, timeUtc: unixNs(timeUtcNs), now: clock.utcNow() }));
        });
        scheduledStamps.wake();
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/stamps/scheduled",
      operationId: "listScheduledStamps",
      tag,
      summary: "What was ordered, newest first",
      access,
      query: PageQuery,
      answer: ScheduledStampPage,
      async handle({ query, caller }) {
        const { items, next } = await listScheduled(db, requireCaller(caller).accountId, query);
        const stamps: ScheduledStamp[] = [];
        for (const row of items) stamps.push(await answerOf(row));
        return { items: stamps, next };
      },
    }),
    route({
      method: "GET",
      path: "/v1/stamps/scheduled/:id",
      operationId: "readScheduledStamp",
      tag,
      summary: "What became of it, with the stamp",
      access,
      params,
      answer: ScheduledStamp,
      handle: async ({ params: { id }, caller }) =>
        answerOf(await readScheduled(db, requireCaller(caller).accountId, id)),
    }),
    route({
      method: "DELETE",
      path: "/v1/stamps/scheduled/:id",
      operationId: "cancelScheduledStamp",
      tag,
      summary: "Takes back an order that nobody has begun with, a second before its instant at the latest",
      access,
      params,
      status: 204,
      errors: ["schedule/expired"],
      async handle({ params: { id }, caller }) {
        const { accountId } = requireCaller(caller);
        if (await cancelScheduled(db, accountId, id, utcNow())) return undefined;
        const { state } = await readScheduled(db, accountId, id);
        throw new ChronoError("schedule/expired", { id, state }, { remedy: "it is too late to take it back" });
      },
    }),
  ];
}
