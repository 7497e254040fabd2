import * as z from "zod";
import { bytesCodec, Hash, U32, U64 } from "./json.ts";

/** POST /v1/cosign: the aggregator asks a node to keep one appointment (protocol.md section 5). */
export const CosignRequest = z.strictObject({
  statement: bytesCodec(160),
  /** The newest certificate that the aggregator knows; null before the network's first. */
  lastCertificate: bytesCodec().nullable(),
  /** n anchors in index order. */
  anchors: z.array(Hash).min(1).max(32),
});
export const CosignResponse = z.object({ signature: bytesCodec(64), index: z.int().min(0).max(31) });

/** How a clock source knows the time. "unsynchronised": its error has no bound that anyone vouches for. */
export const SourceHealth = z.enum(["synchronised", "holdover", "unsynchronised", "unavailable"]);
export type SourceHealth = z.infer<typeof SourceHealth>;

/** GET /v1/info */
export const NodeInfo = z.object({
  networkId: U32,
  epoch: U32,
  policyId: U32,
  index: z.int().min(0).max(31),
  key: bytesCodec(64),
  /** Whether this node sets the test flag: its key or clock is not hardware-rooted. */
  test: z.boolean(),
  /** Flags byte that this node wants to see in a statement now. */
  flags: z.int().min(0).max(15),
  anchor: Hash,
  reading: z
    .object({ timeTaiNs: U64, uncertaintyNs: U64, taiMinusUtc: z.int() })
    /** Null while the node refuses to state a time. */
    .nullable(),
  sources: z.array(z.object({ name: z.string(), health: SourceHealth, detail: z.string() })),
  /** The last (sequence, time) that this node made durable before signing. */
  lastCosigned: z.object({ sequence: U64, timeTaiNs: U64 }),
  lastCertificate: bytesCodec().nullable(),
});
export type NodeInfo = z.infer<typeof NodeInfo>;
