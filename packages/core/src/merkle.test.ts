import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { fromHex, verdictOf } from "../../../test/vectors/load.ts";
import vectors from "../../../test/vectors/merkle.json" with { type: "json" };
import { bytesToHex, equalBytes, sha256 } from "./bytes.ts";
import {
  consistencyPath,
  directionBits,
  inclusionPath,
  leafHash,
  merkleRoot,
  nodeHash,
  pathDirections,
  rootFromPath,
  verifyConsistency,
} from "./merkle.ts";

const MAX = 64;
const hashes = Array.from({ length: MAX }, (_, index) => leafHash(Uint8Array.of(index)));
const roots = Array.from({ length: MAX + 1 }, (_, size) => merkleRoot(hashes, 0, size));
const root = (size: number): Uint8Array => roots[size] ?? assert.fail(`no root ${size}`);
const hashAt = (index: number): Uint8Array => hashes[index] ?? assert.fail(`no leaf ${index}`);

describe("Merkle tree", () => {
  it("has the roots and proofs that Certificate Transparency published", () => {
    const { leaves, roots: known, consistency } = vectors.certificateTransparency;
    const leafHashes = leaves.map((leaf) => leafHash(fromHex(leaf)));
    for (const [size, expected] of known.entries())
      assert.equal(`0x${bytesToHex(merkleRoot(leafHashes, 0, size))}`, expected);
    assert.equal(known.length, 9);
    for (const { oldSize, newSize, path } of consistency)
      assert.deepEqual(consistencyPath(leafHashes.slice(0, newSize), oldSize), path.map(fromHex));
    assert.equal(consistency.length, 3);
  });

  it("has the roots of the vectors", () => {
    const leafHashes = vectors.leaves.map((leaf) => leafHash(fromHex(leaf)));
    assert.equal(vectors.roots.length, 21);
    for (const [size, expected] of vectors.roots.entries()) {
      assert.equal(`0x${bytesToHex(merkleRoot(leafHashes, 0, size))}`, expected);
      assert.equal(`0x${bytesToHex(merkleRoot(leafHashes.slice(0, size)))}`, expected);
    }
  });

  it("makes and accepts the inclusion proofs of the vectors, and no wrong one", () => {
    const leafHashes = vectors.leaves.map((leaf) => leafHash(fromHex(leaf)));
    const counts = { valid: 0, wrong: 0 };
    for (const one of vectors.inclusion) {
      const path = one.path.map(fromHex);
      if (one.valid) {
        assert.deepEqual(inclusionPath(leafHashes.slice(0, one.size), one.index), path, one.name);
        assert.equal(String(directionBits(pathDirections(one.index, one.size))), one.directions, one.name);
      }
      let reached = false;
      try {
        reached = equalBytes(rootFromPath(leafHash(fromHex(one.leaf)), one.index, one.size, path), fromHex(one.root));
      } catch (error) {
        assert.equal((error as { code?: string }).code, "proof/malformed");
      }
      assert.equal(reached, one.valid, one.name);
      counts[one.valid ? "valid" : "wrong"]++;
    }
    assert.deepEqual(counts, { valid: 210, wrong: 11 });
  });

  it("makes and accepts the consistency proofs of the vectors, and no wrong one", () => {
    const leafHashes = vectors.leaves.map((leaf) => leafHash(fromHex(leaf)));
    for (const one of vectors.consistency) {
      const path = one.path.map(fromHex);
      if (one.valid) assert.deepEqual(consistencyPath(leafHashes.slice(0, one.newSize), one.oldSize), path, one.name);
      const old = { size: one.oldSize, root: fromHex(one.oldRoot) };
      assert.equal(
        verifyConsistency(old, { size: one.newSize, root: fromHex(one.newRoot) }, path),
        one.valid,
        one.name,
      );
    }
    assert.equal(vectors.consistency.length, 224);
  });

  it("every leaf of every size up to 64 leads to the root, along the stated directions", () => {
    for (let size = 1; size <= MAX; size++)
      for (let index = 0; index < size; index++) {
        const path = inclusionPath(hashes.slice(0, size), index);
        assert.deepEqual(rootFromPath(hashAt(index), index, size, path), root(size));
        const bits = directionBits(pathDirections(index, size));
        const walked = path.reduce(
          (hash, sibling, level) => ((bits >> BigInt(level)) & 1n ? nodeHash(sibling, hash) : nodeHash(hash, sibling)),
          hashAt(index),
        );
        assert.deepEqual(walked, root(size));
      }
  });

  it("no leaf passes for another index of the same tree, unless both directions are the same", () => {
    const size = 13;
    for (let index = 0; index < size; index++)
      for (let claimed = 0; claimed < size; claimed++) {
        if (claimed === index) continue;
        const verdict = verdictOf(() => {
          const reached = rootFromPath(hashAt(index), claimed, size, inclusionPath(hashes.slice(0, size), index));
          assert.equal(equalBytes(reached, root(size)), false, `${index} as ${claimed}`);
        });
        assert.ok(verdict === "accepted" || verdict === "proof/malformed");
      }
  });

  it("every pair of sizes up to 64 is proven consistent, and not with any changed hash or root", () => {
    for (let size = 1; size <= MAX; size++)
      for (let old = 1; old <= size; old++) {
        const path = consistencyPath(hashes.slice(0, size), old);
        const [before, now] = [
          { size: old, root: root(old) },
          { size, root: root(size) },
        ];
        assert.ok(verifyConsistency(before, now, path), `${old} to ${size}`);
        if (old === size) continue;
        assert.equal(verifyConsistency({ ...before, root: root(old - 1) }, now, path), false);
        assert.equal(verifyConsistency(before, { ...now, root: root(size - 1) }, path), false);
        assert.equal(verifyConsistency(before, now, path.slice(1)), false);
        assert.equal(verifyConsistency(before, now, [...path, root(0)]), false);
      }
  });

  it("a proof in which one hash is changed, or has another length, is refused", () => {
    const path = consistencyPath(hashes.slice(0, 37), 21);
    assert.ok(path.length > 4);
    for (const [at, hash] of path.entries())
      for (const wrong of [sha256(hash), hash.subarray(0, 31), Uint8Array.of(...hash, 0), new Uint8Array(0)]) {
        const changed = path.map((one, index) => (index === at ? wrong : one));
        assert.equal(verifyConsistency({ size: 21, root: root(21) }, { size: 37, root: root(37) }, changed), false);
      }
    const short = new Uint8Array(31);
    assert.equal(
      verifyConsistency({ size: 1, root: short }, { size: 2, root: nodeHash(short, root(1)) }, [root(1)]),
      false,
    );
  });

  it("a genuine proof is refused for the sizes of smaller or larger trees, where the hashes alone would fit", () => {
    const [small, large] = [consistencyPath(hashes.slice(0, 4), 3), consistencyPath(hashes.slice(0, 8), 7)];
    const check = (sizes: readonly [number, number], of: readonly [number, number], path: readonly Uint8Array[]) =>
      verifyConsistency({ size: sizes[0], root: root(of[0]) }, { size: sizes[1], root: root(of[1]) }, path);
    assert.ok(check([3, 4], [3, 4], small) && check([7, 8], [7, 8], large));
    assert.equal(check([3, 4], [7, 8], large), false);
    assert.equal(check([7, 8], [3, 4], small), false);
  });

  it("sizes that are no sizes are refused, near powers of two as well", () => {
    const now = { size: 5, root: root(5) };
    for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53, 6])
      assert.equal(verifyConsistency({ size, root: root(5) }, now, []), false);
    // Math.log2 takes 2^49 - 1 for a power of two, which needs no first hash in its path; this proof has one.
    const [first, last, ...lefts] = hashes.slice(0, 50);
    assert.ok(first !== undefined && last !== undefined && lefts.length === 48);
    const climb = (start: Uint8Array) => lefts.reduce((hash, left) => nodeHash(left, hash), start);
    const old = { size: 2 ** 49 - 1, root: climb(first) };
    const path = [first, last, ...lefts];
    assert.ok(verifyConsistency(old, { size: 2 ** 49, root: climb(nodeHash(first, last)) }, path));
    assert.equal(verifyConsistency(old, { size: 2 ** 49, root: climb(nodeHash(last, first)) }, path), false);
  });

  it("a tree of nothing is SHA-256 of nothing, of one leaf its hash", () => {
    assert.deepEqual(merkleRoot([]), sha256(new Uint8Array(0)));
    assert.deepEqual(merkleRoot(hashes, 5, 5), sha256(new Uint8Array(0)));
    assert.deepEqual(merkleRoot(hashes, 5, 6), hashAt(5));
    for (const [from, to] of [
      [0, 65],
      [64, 65],
      [-1, 1],
      [3, 2],
      [-1, -1],
      [70, 70],
    ] as const)
      assert.equal(
        verdictOf(() => merkleRoot(hashes, from, to)),
        "input/out-of-range",
        `${from} to ${to}`,
      );
  });

  it("a leaf never hashes like a node", () => {
    const [a, b] = [hashAt(0), hashAt(1)];
    assert.notDeepEqual(leafHash(Uint8Array.of(...a, ...b)), nodeHash(a, b));
    assert.deepEqual(leafHash(Uint8Array.of(7)), sha256(Uint8Array.of(0, 7)));
    assert.deepEqual(nodeHash(a, b), sha256(Uint8Array.of(1, ...a, ...b)));
  });

  it("refuses an index outside the tree and a path of another length", () => {
    for (const [index, size] of [
      [0, 0],
      [1, 1],
      [-1, 4],
      [0.5, 4],
      [0, 2 ** 32 + 1],
      [Number.NaN, 4],
      [2, Number.NaN],
    ] as const)
      assert.equal(
        verdictOf(() => pathDirections(index, size)),
        "proof/malformed",
      );
    for (const index of [-1, 4, 0.5])
      assert.equal(
        verdictOf(() => inclusionPath(hashes.slice(0, 4), index)),
        "proof/malformed",
      );
    const path = inclusionPath(hashes.slice(0, 4), 0);
    for (const wrong of [path.slice(1), [...path, root(1)], [], [new Uint8Array(31), root(1)]])
      assert.equal(
        verdictOf(() => rootFromPath(hashAt(0), 0, 4, wrong)),
        "proof/malformed",
      );
    for (const old of [0, 5, 1.5, -1])
      assert.equal(
        verdictOf(() => consistencyPath(hashes.slice(0, 4), old)),
        "proof/malformed",
      );
  });

  it("directions of the largest trees: all right for the first leaf, all left for the last", () => {
    assert.equal(directionBits(pathDirections(0, 2 ** 32)), 0n);
    assert.equal(directionBits(pathDirections(2 ** 32 - 1, 2 ** 32)), 2n ** 32n - 1n);
    assert.equal(pathDirections(2 ** 31, 2 ** 31 + 1).length, 1);
  });

  it("any tree of random leaves proves each of them", () => {
    holds(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 40 }),
        fc.nat(),
        (leaves, at) => {
          const index = at % leaves.length;
          const leaf = leaves[index] ?? assert.fail();
          assert.deepEqual(rootFromPath(leaf, index, leaves.length, inclusionPath(leaves, index)), merkleRoot(leaves));
        },
      ),
    );
  });
});
