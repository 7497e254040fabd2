import { copyBytes } from "./bytes.ts";
import { ChronoError } from "./errors.ts";
import { type DurationNs, MAX_U64, type TaiNs } from "./time.ts";

export const LEAF_BYTES = 96;

/** One stamped request, protocol.md section 6. */
export type Leaf = {
  /** The receiving node's reading on arrival. */
  readonly time: TaiNs;
  readonly uncertainty: DurationNs;
  readonly serial: bigint;
  readonly policyId: number;
  /** uint32; its low four bits as in a statement, the rest reserved. A verifier of a proof does not judge them. */
  readonly flags: number;
  /** SHA-256 of the client's data. */
  readonly imprint: Uint8Array;
  /** The client's nonce, or a binding (context.ts). */
  readonly context: Uint8Array;
};

/** @throws proof/malformed */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  for (const [field, value] of [
    ["time", leaf.time],
    ["uncertainty", leaf.uncertainty],
    ["serial", leaf.serial],
  ] as const)
    if (value < 0n || value > MAX_U64)
      throw new ChronoError("proof/malformed", { field, value: String(value), range: "uint64" });
  for (const [field, value] of [
    ["policyId", leaf.policyId],
    ["flags", leaf.flags],
  ] as const)
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      throw new ChronoError("proof/malformed", { field, value, range: "uint32" });
  if (leaf.imprint.length !== 32 || leaf.context.length !== 32)
    throw new ChronoError("proof/malformed", {
      imprintBytes: leaf.imprint.length,
      contextBytes: leaf.context.length,
      need: 32,
    });
  const bytes = new Uint8Array(LEAF_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, leaf.time);
  view.setBigUint64(8, leaf.uncertainty);
  view.setBigUint64(16, leaf.serial);
  view.setUint32(24, leaf.policyId);
  view.setUint32(28, leaf.flags);
  bytes.set(leaf.imprint, 32);
  bytes.set(leaf.context, 64);
  return bytes;
}

/** @throws proof/malformed unless there are exactly 96 bytes. */
export function decodeLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length !== LEAF_BYTES)
    throw new ChronoError("proof/malformed", { leafBytes: bytes.length, need: LEAF_BYTES });
  const view = new DataView(bytes.buffer, bytes.byteOffset, LEAF_BYTES);
  return {
    time: view.getBigUint64(0) as TaiNs,
    uncertainty: view.getBigUint64(8) as DurationNs,
    serial: view.getBigUint64(16),
    policyId: view.getUint32(24),
    flags: view.getUint32(28),
    imprint: copyBytes(bytes, 32, 64),
    context: copyBytes(bytes, 64, 96),
  };
}
