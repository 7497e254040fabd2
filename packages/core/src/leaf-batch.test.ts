import assert from "node:assert/strict";
import { hash } from "node:crypto";
import * as fc from "fast-check";
import { certificateBytes } from "../../../test/support/certificate-bytes.ts";
import { verifyByNodeCrypto } from "../../../test/support/node-verify.ts";
import { holds } from "../../../test/support/property.ts";
import { newQuorum } from "../../../test/support/quorum.ts";
import { verdictOf } from "../../../test/vectors/load.ts";
import { concatBytes, sha256 } from "./bytes.ts";
import { encodeLeaf, type Leaf } from "./leaf.ts";
import { hashLeaves, type LeafBatch, openBatch } from "./leaf-batch.ts";
import { leafHash } from "./merkle.ts";
import { MerkleTree } from "./merkle-tree.ts";
import { verifyProof } from "./proof.ts";
import { durationNs, type TaiNs, taiNs } from "./time.ts";

const NOW = 1_800_000_000_000_000_000n;
const quorum = newQuorum({ n: 4 });
const leafAt = (serial: number): Leaf => ({
  time: taiNs(NOW - 1n),
  uncertainty: durationNs(5n),
  serial: BigInt(serial),
  policyId: 3,
  flags: 8,
  imprint: sha256(Uint8Array.of(serial)),
  context: new Uint8Array(32),
});
const leaves = Array.from({ length: 40 }, (_, i) => encodeLeaf(leafAt(i)));
const byOpenSsl = (bytes: Uint8Array): Uint8Array => Buffer.from(hash("sha256", bytes, "binary"), "binary");

/** Leaves [from, to) of a tree of the first `size`. */
function makeBatch(size: number, from: number, to: number): LeafBatch {
  const tree = new MerkleTree(hashLeaves(concatBytes(...leaves.slice(0, size))));
  const arguments_ = quorum.certify({ time: NOW as TaiNs, sequence: 5n, imprint: tree.root });
  return {
    leaves: concatBytes(...leaves.slice(from, to)),
    firstIndex: from,
    size,
    complement: tree.complement(from, to),
    certificate: certificateBytes(arguments_),
  };
}

describe("block of leaves", () => {
  it("gives each of its leaves a proof that stands alone", () => {
    const open = openBatch(makeBatch(37, 9, 30));
    assert.equal(open.count, 21);
    for (let i = 0; i < open.count; i++) {
      const verified = verifyProof(open.proof(i), quorum.set, { verify: verifyByNodeCrypto });
      assert.deepEqual(verified.leaf, leafAt(9 + i));
      assert.deepEqual(open.leaf(i), leafAt(9 + i));
      assert.equal(verified.existedBefore, NOW);
    }
  });

  it("of any place in any tree opens to its own leaves, whichever SHA-256 is used", () => {
    holds(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(), fc.boolean(), (size, a, b, own) => {
        const from = a % size;
        const to = from + 1 + (b % (size - from));
        const open = own ? openBatch(makeBatch(size, from, to)) : openBatch(makeBatch(size, from, to), byOpenSsl);
        const at = b % (to - from);
        const proof = open.proof(at);
        assert.deepEqual([proof.leaf, proof.index, proof.size], [leaves[from + at], from + at, size]);
        assert.equal(
          verdictOf(() => verifyProof(proof, quorum.set, { verify: verifyByNodeCrypto })),
          "accepted",
        );
      }),
      { numRuns: 30 },
    );
  });

  it("does not open when a leaf, its place or the complement is not what was certified", () => {
    const batch = makeBatch(37, 9, 30);
    const changedLeaf = batch.leaves.slice();
    changedLeaf[96 * 20 + 40] = 1;
    const verdict = (change: Partial<LeafBatch>) => verdictOf(() => openBatch({ ...batch, ...change }));
    assert.equal(verdict({}), "accepted");
    assert.equal(verdict({ leaves: changedLeaf }), "proof/path");
    assert.equal(verdict({ complement: batch.complement.with(0, sha256(batch.leaves)) }), "proof/path");
    assert.equal(verdict({ certificate: makeBatch(36, 9, 30).certificate }), "proof/path");
    assert.equal(verdict({ firstIndex: 10, size: 38 }), "proof/path");
    assert.equal(verdict({ complement: batch.complement.slice(1) }), "proof/malformed");
    assert.equal(verdict({ leaves: batch.leaves.subarray(1) }), "proof/malformed");
    assert.equal(verdict({ leaves: new Uint8Array(0) }), "proof/malformed");
    assert.equal(verdict({ size: 29 }), "proof/malformed");
    assert.equal(verdict({ certificate: batch.certificate.subarray(1) }), "certificate/malformed");
    assert.equal(verdict({ certificate: new Uint8Array(164) }), "statement/malformed");
  });

  it("has no leaf outside itself", () => {
    const open = openBatch(makeBatch(37, 9, 30));
    for (const index of [-1, 21, 0.5, Number.NaN]) {
      assert.equal(
        verdictOf(() => open.proof(index)),
        "proof/malformed",
      );
      assert.equal(
        verdictOf(() => open.leaf(index)),
        "proof/malformed",
      );
    }
  });

  it("stays what was checked when the caller uses its buffers again", () => {
    const batch = makeBatch(37, 9, 30);
    const open = openBatch(batch);
    const proof = open.proof(3);
    for (const bytes of [batch.leaves, batch.certificate, ...batch.complement]) bytes.fill(0);
    proof.leaf.fill(0);
    assert.equal(
      verdictOf(() => verifyProof(open.proof(3), quorum.set, { verify: verifyByNodeCrypto })),
      "accepted",
    );
  });

  it("hashes leaves as RFC 9162 does", () => {
    const three = concatBytes(...leaves.slice(0, 3));
    assert.deepEqual(hashLeaves(three), concatBytes(...leaves.slice(0, 3).map(leafHash)));
    assert.deepEqual(hashLeaves(three, byOpenSsl), hashLeaves(three));
  });
});
