import * as z from "zod";
import { ProofEnvelope } from "../../proof.ts";
import { bytesCodec, Hash, U64 } from "../json.ts";
import { Precision } from "./accounts.ts";
import { idOf, pageOf } from "./page.ts";

/** Certificate's sequence and place in its tree: unique in a network, and enough to find the proof. */
export const StampId = z.string().regex(/^st_(0|[1-9][0-9]{0,19})_(0|[1-9][0-9]{0,9})$/);
/** Sequence, first index and count. */
export const StampBatchId = z.string().regex(/^sb_(0|[1-9][0-9]{0,19})_(0|[1-9][0-9]{0,9})_([1-9][0-9]{0,9})$/);

/** What a reading says, apart from the proof: one gateway's word, from a fault-tolerant interval of the nodes' readings. */
export const ReadingFields = {
  timeTaiNs: U64,
  /** The true time of arrival lies within `uncertaintyNs` of `timeTaiNs`. */
  uncertaintyNs: U64,
  taiMinusUtc: z.int(),
  /** Derived: UTC in nanoseconds since 1970. */
  timeUtcNs: U64,
  precision: Precision,
} as const;

/** POST /v1/stamps. Without an imprint the gateway draws one and shows it. `context` is a nonce or a binding (protocol.md section 6). */
export const StampRequest = z.strictObject({ imprint: Hash.optional(), context: Hash.optional() });
export const Stamp = z.object({
  id: StampId,
  ...ReadingFields,
  /** What it stamps existed before this instant: the quorum's word. */
  existedBeforeTaiNs: U64,
  sequence: U64,
  imprint: Hash,
  context: Hash,
  /** A key or a clock here is not rooted in hardware: no evidence for a regulator. */
  test: z.boolean(),
  /** Whether the chain of comparisons is documented to end at NIST. */
  nistCompliant: z.boolean(),
  proof: ProofEnvelope,
});
export type Stamp = z.infer<typeof Stamp>;

/** POST /v1/stamps/batch: either the imprints, or how many to draw. All leaves share the arrival reading. */
export const StampBatchRequest = z.union([
  z.strictObject({ count: z.int().min(1).max(65_536) }),
  z.strictObject({ imprints: z.array(Hash).min(1).max(65_536), context: Hash.optional() }),
]);
/** Compact: `openBatch` derives every proof from it, offline. */
export const StampBatch = z.object({
  id: StampBatchId,
  ...ReadingFields,
  existedBeforeTaiNs: U64,
  sequence: U64,
  count: z.int(),
  /** Of the batch's leaves in the tree. */
  firstIndex: z.int(),
  size: z.int(),
  /** 96 bytes a leaf. */
  leaves: bytesCodec({ max: 96 * 65_536 }),
  complement: z.array(Hash),
  certificate: bytesCodec(),
  test: z.boolean(),
  nistCompliant: z.boolean(),
});
export type StampBatch = z.infer<typeof StampBatch>;

export const ScheduledStampId = idOf("ss");
/** POST /v1/stamps/scheduled: a certificate at exactly this instant, which stamps the imprint. At most a year ahead. */
export const ScheduledStampRequest = z.strictObject({ timeUtcNs: U64, imprint: Hash.optional() });
export const ScheduledStamp = z.object({
  id: ScheduledStampId,
  state: z.enum(["waiting", "stamped", "failed"]),
  timeUtcNs: U64,
  imprint: Hash,
  /** When `stamped`; its certificate is at exactly the instant, or the first one after it when that could not be kept. */
  stamp: Stamp.nullable(),
  exact: z.boolean().nullable(),
  reason: z.string().nullable(),
});
export type ScheduledStamp = z.infer<typeof ScheduledStamp>;
export const ScheduledStampPage = pageOf(ScheduledStamp);

/** GET /v1/stamps: what this account stamped, newest first; a batch is one entry. */
export const StampEntry = z.object({
  id: z.string(),
  count: z.int(),
  timeUtcNs: U64,
  uncertaintyNs: U64,
  regime: z.string().nullable(),
});
export const StampPage = pageOf(StampEntry);
