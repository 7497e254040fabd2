import {
  decodeProof,
  encodeProof,
  type TemporalProof as ProofBytes,
  proofFromJson,
  proofToJson,
} from "@chronoledger/core";

/** JSON form of {@link HardwareProof}: media type application/vnd.chronoledger.proof+json. */
export type HardwareProofJson = ReturnType<typeof proofToJson>;

/**
 * Leaf, path and certificate: what anyone needs, beside the node set, to verify a stamp offline. It proves keys in hardware only
 * where the test flag is not set: `test` of the stamp, and of the verification's result.
 */
export class HardwareProof implements ProofBytes {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly certificate: Uint8Array;

  constructor(bytes: ProofBytes) {
    this.leaf = bytes.leaf;
    this.index = bytes.index;
    this.size = bytes.size;
    this.path = bytes.path;
    this.certificate = bytes.certificate;
  }

  /** @param value parsed JSON, or the bytes of a `.chrono` file. @throws proof/malformed, input/malformed */
  static from(value: unknown): HardwareProof {
    if (value instanceof HardwareProof) return value;
    return new HardwareProof(value instanceof Uint8Array ? decodeProof(value) : proofFromJson(value));
  }

  /** A `.chrono` file. */
  toBytes(): Uint8Array {
    return encodeProof(this);
  }
  toJSON(): HardwareProofJson {
    return proofToJson(this);
  }
}
