import * as z from "zod";
import { bytesCodec, Hash, SignedInteger, U32, U64 } from "./json.ts";

/** One entry of the certificate stream; `timeTaiNs` and `sequence` repeat what the bytes say, for readers that do not decode. */
export const CertificateEntry = z.object({
  certificate: bytesCodec(),
  sequence: U64,
  timeTaiNs: U64,
  taiMinusUtc: z.int(),
});
export type CertificateEntry = z.infer<typeof CertificateEntry>;

/** GET /v1/certificates?after=SEQUENCE&limit=N, ascending. GET /v1/certificates/stream sends one entry an event. */
export const CertificateList = z.object({ certificates: z.array(CertificateEntry) });

/**
 * POST /v1/appointments: the certificate at exactly this instant, or the first one after it when it is too near. The answer
 * comes when the certificate exists. `imprint` (32 bytes) is stamped by it.
 */
export const AppointmentRequest = z.strictObject({ timeTaiNs: U64, imprint: bytesCodec(32).optional() });
export const AppointmentResponse = CertificateEntry;

/** Leaves in one POST /v1/leaves. */
export const MAX_BLOCK_LEAVES = 65_536;

/**
 * POST /v1/leaves takes `application/octet-stream`: 1 to {@link MAX_BLOCK_LEAVES} leaves of 96 bytes, one after the other. They stay side
 * by side and in order. The answer comes when the certificate over their tree exists; with the leaves it is a `LeafBatch`.
 */
export const LeafBatchResponse = z.object({
  certificate: CertificateEntry,
  /** Of the first leaf in the tree. */
  firstIndex: U32,
  /** Leaves of the whole tree. */
  size: U32.min(1),
  /** Roots of the largest subtrees that hold none of the sender's leaves, left to right. */
  complement: z.array(Hash).max(64),
});
export type LeafBatchResponse = z.infer<typeof LeafBatchResponse>;

export const NodeStatus = z.object({
  index: z.int(),
  url: z.string(),
  state: z.enum(["healthy", "slow", "refusing", "unreachable", "faulty"]),
  detail: z.string(),
  uncertaintyNs: U64.nullable(),
  source: z.string(),
  test: z.boolean(),
  delayMs: z.number().nullable(),
});

/** GET /v1/status */
export const AggregatorStatus = z.object({
  networkId: z.int(),
  epoch: z.int(),
  certificates: z.int(),
  /** Certified for senders of blocks since the aggregator started. */
  leaves: z.int().min(0),
  roundsFailed: z.int(),
  conflicts: z.int(),
  leadNs: SignedInteger,
  latest: CertificateEntry.nullable(),
  uncertaintyNs: U64.nullable(),
  nodes: z.array(NodeStatus),
});
export type AggregatorStatus = z.infer<typeof AggregatorStatus>;
