import { randomBytes } from "node:crypto";
import {
  type DurationNs,
  encodeLeaf,
  LEAF_BYTES,
  type Leaf,
  leafHash,
  merkleRoot,
  type TaiNs,
  toUtc,
  ZERO_HASH,
} from "@chronoledger/core";
import type { Stamp, StampBatch, StampBatchRequest } from "@chronoledger/core/gateway";
import type { SoftwareOracle } from "./software-oracle.ts";

export const TAI_MINUS_UTC = 37;

/** Stamps as a gateway answers with them, each of a round of its own. */
export class StubStamper {
  count = 0;
  readonly #oracle: SoftwareOracle;

  constructor(oracle: SoftwareOracle) {
    this.#oracle = oracle;
  }

  async stamp(imprint: Uint8Array, context: Uint8Array = ZERO_HASH): Promise<Stamp> {
    const [leaf] = this.#leaves([imprint], context);
    const { certificate, sequence, timeTaiNs } = await this.#oracle.certify(merkleRoot([leafHash(encodeLeaf(leaf))]));
    this.count++;
    return {
      id: `st_${sequence}_0`,
      ...this.#reading(leaf),
      existedBeforeTaiNs: timeTaiNs,
      sequence,
      imprint: leaf.imprint,
      context: leaf.context,
      test: true,
      nistCompliant: false,
      proof: {
        version: 1,
        leaf: Buffer.from(encodeLeaf(leaf)).toString("base64url"),
        index: 0,
        size: 1,
        path: [],
        certificate: Buffer.from(certificate).toString("base64url"),
      },
    };
  }

  async batch(request: ReturnType<typeof StampBatchRequest.parse>): Promise<StampBatch> {
    const imprints =
      "count" in request ? Array.from({ length: request.count }, () => randomBytes(32)) : request.imprints;
    const leaves = this.#leaves(imprints, ZERO_HASH);
    const encoded = leaves.map(encodeLeaf);
    const { certificate, sequence, timeTaiNs } = await this.#oracle.certify(merkleRoot(encoded.map(leafHash)));
    const bytes = new Uint8Array(LEAF_BYTES * leaves.length);
    for (const [i, leaf] of encoded.entries()) bytes.set(leaf, LEAF_BYTES * i);
    this.count += leaves.length;
    return {
      id: `sb_${sequence}_0_${leaves.length}`,
      ...this.#reading(leaves[0]),
      existedBeforeTaiNs: timeTaiNs,
      sequence,
      count: leaves.length,
      firstIndex: 0,
      size: leaves.length,
      leaves: bytes,
      complement: [],
      certificate,
      test: true,
      nistCompliant: false,
    };
  }

  #leaves(imprints: readonly Uint8Array[], context: Uint8Array): [Leaf, ...Leaf[]] {
    const time = this.#oracle.taiNow();
    const leaves = imprints.map((imprint, serial) => ({
      ...{ time, uncertainty: 1_000n as DurationNs, serial: BigInt(serial), policyId: 3, flags: 8 },
      imprint: Uint8Array.from(imprint),
      context: Uint8Array.from(context),
    }));
    return leaves as unknown as [Leaf, ...Leaf[]];
  }

  #reading(leaf: Leaf) {
    return {
      timeTaiNs: leaf.time as bigint,
      uncertaintyNs: leaf.uncertainty as bigint,
      taiMinusUtc: TAI_MINUS_UTC,
      timeUtcNs: toUtc(leaf.time as TaiNs, TAI_MINUS_UTC) as bigint,
      precision: "ns" as const,
    };
  }
}
