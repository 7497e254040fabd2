import * as z from "zod";
import { SignedInteger, U64 } from "../json.ts";
import { idOf, PlainText, pageOf } from "./page.ts";
import { Stamp } from "./stamps.ts";

export const ScheduleId = idOf("sc");
const HexBytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/, "0x and hexadecimal digits")
  .max(2 + 2 * 24_576);

/**
 * POST /v1/schedules: call `target` once, at `executeUtcNs`, not after `executeUtcNs + windowNs`. A target of 0x and 40 digits is a
 * contract on the gateway's chain, called through ChronoScheduler, which makes the call exactly once or never. An https address is
 * called with POST and `calldata` as the body's bytes, signed as a webhook, never before its instant: at least once when the target
 * answers with 2xx within the window, and again after an error of the network, 5xx, 408, 425 or 429, at most 20 times. Each attempt has
 * the schedule's id as `Idempotency-Key` and `webhook-id`, by which the target tells a repeat. Charged when accepted, by the meter
 * schedule.complex where calldata exceeds 1,024 bytes or a contract's gas 500,000, by schedule.simple otherwise.
 */
export const ScheduleRequest = z.strictObject({
  target: z.string().max(2_048),
  calldata: HexBytes.default("0x"),
  executeUtcNs: U64,
  windowNs: U64.prefault("60000000000"),
  /** Of the call on a chain; not used for an address. */
  gasLimit: z.int().min(21_000).max(30_000_000).default(200_000),
  description: PlainText(200).optional(),
});

export const SCHEDULE_STATES = [
  "accepted",
  "submitted",
  "armed",
  "executed",
  "failed",
  "expired",
  "cancelling",
  "cancelled",
] as const;
export const ExecutionState = z.enum(SCHEDULE_STATES);
export type ExecutionState = z.infer<typeof ExecutionState>;

export const ExecutionStatus = z.object({
  id: ScheduleId,
  kind: z.enum(["evm", "http"]),
  target: z.string(),
  state: ExecutionState,
  executeUtcNs: U64,
  windowNs: U64,
  /** On a chain: the id in ChronoScheduler. */
  chainScheduleId: z.string().nullable(),
  transaction: z.string().nullable(),
  blockNumber: z.int().nullable(),
  /** Execution minus `executeUtcNs`: by the block's timestamp on a chain, by the gateway's clock for an address. */
  latenessNs: SignedInteger.nullable(),
  /** Of the clock that lateness was read on. */
  latenessUncertaintyNs: U64.nullable(),
  attempts: z.int(),
  httpStatus: z.int().nullable(),
  reason: z.string().nullable(),
  /** For an address: the text that says when it was called and what came of it. `stamp` stamps its SHA-256. */
  record: z.string().nullable(),
  /** In lists null: ask for the one schedule. */
  stamp: Stamp.nullable(),
  createdUtcNs: U64,
});
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;
export const ExecutionPage = pageOf(ExecutionStatus);
/** DELETE /v1/schedules/ID: whether it will not run. */
export const CancelResult = z.object({ cancelled: z.boolean(), status: ExecutionStatus });

/** GET /v1/schedules/signing-secret: what signs the calls of addresses, as a webhook's secret; POST .../rotate makes a new one. */
export const SigningSecret = z.object({
  secret: z.string(),
  version: z.int().min(1),
  /** The former secret signs as well until then; null when there is none. */
  formerUntilUtcNs: U64.nullable(),
});
