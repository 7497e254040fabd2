import * as z from "zod";
import { SignedInteger, U64 } from "./json.ts";

export const RUN_STATES = [
  "planned",
  "armed",
  "signed",
  "sent",
  "included",
  "final",
  "expired",
  "cancelled",
  "reverted",
  "replaced",
  "in-doubt",
] as const;

/** One step of a run: when, by this keeper's clock, and how sure that clock was. */
export const TimelineStep = z.object({ step: z.string(), timeUtcNs: U64, uncertaintyNs: U64 });

/** One firing of a schedule as its owner can see it. Lateness is against `notBefore`; negative means pre-positioned. */
export const RunRecord = z.object({
  scheduleId: z.string(),
  /** Of this run in its series, from 0. */
  number: z.int(),
  state: z.enum(RUN_STATES),
  outcome: z.enum(["executed", "reverted", "expired", "cancelled", "underfunded"]).nullable(),
  reason: z.string().nullable(),
  clock: z.enum(["block", "attested", "certificate"]),
  notBeforeUtcNs: U64,
  notAfterUtcNs: U64,
  /** Whether this keeper's own transaction ran it. */
  mine: z.boolean(),
  transaction: z.string().nullable(),
  blockNumber: z.int().nullable(),
  blockTimestamp: z.int().nullable(),
  /** Whether that block is the first in which the contract would have allowed it; null until known. */
  firstEligible: z.boolean().nullable(),
  sendLatenessNs: SignedInteger.nullable(),
  acceptLatenessNs: SignedInteger.nullable(),
  blockLatenessNs: SignedInteger.nullable(),
  clockUncertaintyNs: U64.nullable(),
  timeline: z.array(TimelineStep),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** GET /v1/runs?limit=N, newest deadline first. GET /v1/runs/ID?number=N gives one; without a number the newest of its schedule. */
export const RunList = z.object({ runs: z.array(RunRecord) });

/** GET /v1/status */
export const KeeperStatus = z.object({
  chainId: z.int(),
  account: z.string(),
  scheduler: z.string(),
  /** Newest block that the watcher has seen. */
  block: z.int().nullable(),
  pending: z.int(),
  executed: z.int(),
  failed: z.int(),
  queue: z.enum(["connected", "disconnected"]),
});
export type KeeperStatus = z.infer<typeof KeeperStatus>;
