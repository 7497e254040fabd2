import {
  ChronoError,
  KNOWN_FLAGS,
  LEAF_BYTES,
  MAX_BLOCK_LEAVES,
  type NodeSet,
  type TaiNs,
  taiNs,
} from "@chronoledger/core";

/** What one sender wants in a tree, side by side. */
export type LeafBlock = {
  /** 96 bytes a leaf. */
  readonly leaves: Uint8Array;
  readonly count: number;
  /** The latest reading among them: the certificate must not be earlier. */
  readonly latest: TaiNs;
};

/**
 * Reads the body of POST /v1/leaves.
 * @param now TAI by this aggregator's clock.
 * @throws input/malformed, input/too-large, proof/malformed for reserved flags, statement/policy for another policy than the network's,
 * proof/leaf-after-certificate for a reading that lies further ahead than any instant may be appointed
 */
export function parseLeafBlock(body: unknown, now: TaiNs, policy: NodeSet["policy"]): LeafBlock {
  if (!(body instanceof Uint8Array))
    throw new ChronoError("input/malformed", {}, { remedy: "send the leaves as application/octet-stream" });
  if (body.length === 0 || body.length % LEAF_BYTES !== 0)
    throw new ChronoError("input/malformed", { bytes: body.length, need: `a multiple of ${LEAF_BYTES}, not 0` });
  const count = body.length / LEAF_BYTES;
  if (count > MAX_BLOCK_LEAVES)
    throw new ChronoError(
      "input/too-large",
      { leaves: count, most: MAX_BLOCK_LEAVES },
      { remedy: "send several blocks" },
    );
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const furthest = now + policy.maxLead;
  let latest = 0n;
  for (let leaf = 0, at = 0; leaf < count; leaf++, at += LEAF_BYTES) {
    const time = view.getBigUint64(at);
    const policyId = view.getUint32(at + 24);
    const flags = view.getUint32(at + 28);
    if ((flags & ~KNOWN_FLAGS) !== 0)
      throw new ChronoError("proof/malformed", { leaf, flags, reserved: "all but four bits" });
    if (policyId !== policy.policyId)
      throw new ChronoError("statement/policy", { leaf, policyId, need: policy.policyId });
    if (time > furthest)
      throw new ChronoError(
        "proof/leaf-after-certificate",
        { leaf, timeTaiNs: String(time), latest: String(furthest) },
        { remedy: "the sender's clock, or this aggregator's, is wrong" },
      );
    if (time > latest) latest = time;
  }
  return { leaves: body, count, latest: taiNs(latest) };
}
