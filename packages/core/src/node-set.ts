import { bytesToHex } from "./bytes.ts";
import { ChronoError } from "./errors.ts";
import { isOnCurve } from "./signature.ts";
import { type DurationNs, MAX_U64, type TaiNs } from "./time.ts";

export const MAX_NODES = 32;

/** What a network allows; `policyId` names it in each statement. Durations in nanoseconds. */
export type Policy = {
  readonly policyId: number;
  readonly maxUncertainty: DurationNs;
  /** How far an appointed instant may lie ahead of, or behind, a node's reading on receipt. */
  readonly maxLead: DurationNs;
  /** Whether statements with the test flag count. False on any network that people rely on. */
  readonly allowTest: boolean;
};

/** The nodes of one epoch, protocol.md section 4. */
export type NodeSet = {
  readonly networkId: number;
  readonly epoch: number;
  /** x || y, 64 bytes each, in index order. */
  readonly keys: readonly Uint8Array[];
  /** How many nodes may be wrong in any way. */
  readonly f: number;
  readonly validFrom: TaiNs;
  /** Exclusive. */
  readonly validUntil: TaiNs;
  /** Per node, the SHA-256 of its attestation evidence (zero on a test network). */
  readonly evidence: readonly Uint8Array[];
  readonly policy: Policy;
};

/** k = ceil((n + f + 1) / 2): any two quorums share at least f + 1 nodes. @throws node-set/invalid */
export function quorumThreshold(n: number, f: number): number {
  if (!Number.isInteger(n) || !Number.isInteger(f) || f < 0 || n < 1 || n > MAX_NODES || n < 3 * f + 1)
    throw new ChronoError("node-set/invalid", { n, f, need: `1 <= n <= ${MAX_NODES} and n >= 3f + 1` });
  return Math.ceil((n + f + 1) / 2);
}

const isU32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
const isU64 = (value: bigint): boolean => value >= 0n && value <= MAX_U64;

function checkNumbers(set: NodeSet): void {
  const { networkId, epoch, validFrom, validUntil, policy } = set;
  const { policyId, maxUncertainty, maxLead } = policy;
  for (const [field, value] of Object.entries({ networkId, epoch, policyId }))
    if (!isU32(value)) throw new ChronoError("node-set/invalid", { field, value, need: "uint32" });
  for (const [field, value] of Object.entries({ validFrom, validUntil, maxUncertainty, maxLead }))
    if (!isU64(value)) throw new ChronoError("node-set/invalid", { field, value: String(value), need: "uint64" });
  if (validFrom >= validUntil)
    throw new ChronoError("node-set/invalid", { reason: "validFrom must lie before validUntil" });
}

/**
 * What {@link verifyCertificate} takes for granted of a set: a key that stands in it twice would count twice.
 * @throws node-set/invalid naming the first rule that is broken.
 */
export function checkNodeSet(set: NodeSet): void {
  quorumThreshold(set.keys.length, set.f);
  checkNumbers(set);
  const seen = new Set<string>();
  for (const [index, key] of set.keys.entries()) {
    if (key.length !== 64 || !isOnCurve(key))
      throw new ChronoError("node-set/invalid", { index, reason: "key is not a point of P-256" });
    const text = bytesToHex(key);
    if (seen.has(text)) throw new ChronoError("node-set/invalid", { index, reason: "key appears twice" });
    seen.add(text);
  }
  if (set.evidence.length !== set.keys.length || set.evidence.some((hash) => hash.length !== 32))
    throw new ChronoError("node-set/invalid", { reason: "one evidence hash of 32 bytes a node is needed" });
}
