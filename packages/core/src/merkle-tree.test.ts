import assert from "node:assert/strict";
import { hash } from "node:crypto";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { verdictOf } from "../../../test/vectors/load.ts";
import { concatBytes, copyBytes, sha256 } from "./bytes.ts";
import { inclusionPath, leafHash, merkleRoot, pathDirections, rootFromPath } from "./merkle.ts";
import { MerkleTree } from "./merkle-tree.ts";

const MAX = 70;
const leaves = Array.from({ length: MAX }, (_, index) => leafHash(Uint8Array.of(index)));
const flat = (from: number, to: number): Uint8Array => concatBytes(...leaves.slice(from, to));
const byOpenSsl = (bytes: Uint8Array): Uint8Array => Buffer.from(hash("sha256", bytes, "binary"), "binary");
/** 0 <= from < to <= size <= MAX */
const ranges = fc
  .tuple(fc.integer({ min: 1, max: MAX }), fc.nat(), fc.nat())
  .map(([size, a, b]) => ({ size, from: a % size, to: (a % size) + 1 + (b % (size - (a % size))) }));
const malformed = (run: () => unknown, what?: string): void => assert.equal(verdictOf(run), "proof/malformed", what);

describe("Merkle tree with its levels", () => {
  it("has the root and every path of the recursive one, for each size up to 70", () => {
    for (let size = 1; size <= MAX; size++) {
      const tree = new MerkleTree(flat(0, size));
      const hashes = leaves.slice(0, size);
      assert.deepEqual(tree.root, merkleRoot(hashes));
      for (let index = 0; index < size; index++) assert.deepEqual(tree.path(index), inclusionPath(hashes, index));
    }
  });

  it("of nothing is SHA-256 of nothing, and proves nothing", () => {
    const tree = new MerkleTree(new Uint8Array(0));
    assert.deepEqual(tree.root, sha256(new Uint8Array(0)));
    malformed(() => tree.path(0));
    malformed(() => tree.complement(0, 0));
  });

  it("is the same with another SHA-256", () => {
    const [own, other] = [new MerkleTree(flat(0, 45)), new MerkleTree(flat(0, 45), byOpenSsl)];
    assert.deepEqual(other.root, own.root);
    assert.deepEqual(other.path(44), own.path(44));
  });

  it("lets nobody change it through what it returns or was given", () => {
    const given = flat(0, 21);
    const tree = new MerkleTree(given);
    const expected = merkleRoot(leaves.slice(0, 21));
    given.fill(0);
    for (const bytes of [tree.root, ...tree.path(20), ...tree.complement(3, 5)]) bytes.fill(0);
    assert.deepEqual(tree.root, expected);
    assert.deepEqual(tree.path(20), inclusionPath(leaves.slice(0, 21), 20));
    assert.deepEqual(new MerkleTree(copyBytes(flat(0, 1))).root, leaves[0]);
  });

  it("any range of leaves and its complement give the root and every path of the range", () => {
    holds(
      fc.property(ranges, ({ size, from, to }) => {
        const hashes = leaves.slice(0, size);
        const whole = new MerkleTree(flat(0, size));
        const complement = whole.complement(from, to);
        const part = new MerkleTree(flat(from, to), sha256, { from, size, complement });
        assert.deepEqual(part.root, merkleRoot(hashes));
        for (let index = from; index < to; index++)
          assert.deepEqual(part.path(index), inclusionPath(hashes, index), `${index}`);
        for (const outside of [from - 1, to]) malformed(() => part.path(outside));
        assert.deepEqual([part.from, part.to, part.size], [from, to, size]);
      }),
    );
  });

  it("a part of a part has the complement that it has in the whole tree", () => {
    holds(
      fc.property(ranges, fc.nat(), fc.nat(), ({ size, from, to }, a, b) => {
        const whole = new MerkleTree(flat(0, size));
        const part = new MerkleTree(flat(from, to), sha256, { from, size, complement: whole.complement(from, to) });
        const low = from + (a % (to - from));
        const high = low + 1 + (b % (to - low));
        assert.deepEqual(part.complement(low, high), whole.complement(low, high));
        for (const [x, y] of [
          [from - 1, to],
          [from, to + 1],
        ] as const)
          malformed(() => part.complement(x, y));
      }),
    );
  });

  it("a complement lists the largest subtrees outside the range, left to right", () => {
    const tree = new MerkleTree(flat(0, 11));
    const subtree = (from: number, to: number) => merkleRoot(leaves.slice(0, 11), from, to);
    assert.deepEqual(tree.complement(0, 11), []);
    assert.deepEqual(tree.complement(5, 6), [subtree(0, 4), subtree(4, 5), subtree(6, 8), subtree(8, 11)]);
    assert.deepEqual(tree.complement(3, 9), [subtree(0, 2), subtree(2, 3), subtree(9, 10), subtree(10, 11)]);
    assert.deepEqual(tree.complement(10, 11), [subtree(0, 8), subtree(8, 10)]);
  });

  it("a wrong hash or order in the complement gives another root", () => {
    const complement = new MerkleTree(flat(0, 11)).complement(5, 6);
    const root = merkleRoot(leaves.slice(0, 11));
    for (const at of complement.keys()) {
      const changed = complement.map((one, i) => (i === at ? sha256(one) : one));
      const tree = new MerkleTree(flat(5, 6), sha256, { from: 5, size: 11, complement: changed });
      assert.notDeepEqual(tree.root, root);
    }
    const turned = new MerkleTree(flat(5, 6), sha256, { from: 5, size: 11, complement: complement.toReversed() });
    assert.notDeepEqual(turned.root, root);
  });

  it("refuses a range that is empty or not inside, and a complement of another form", () => {
    const tree = new MerkleTree(flat(0, 11));
    for (const [from, to] of [
      [0, 0],
      [4, 3],
      [-1, 3],
      [0, 12],
      [11, 12],
      [0.5, 2],
      [1, 1.5],
      [Number.NaN, 3],
      [0, Number.POSITIVE_INFINITY],
    ] as const)
      malformed(() => tree.complement(from, to), `${from} to ${to}`);
    for (const index of [-1, 11, 0.5, Number.NaN]) malformed(() => tree.path(index), `${index}`);
    const complement = tree.complement(3, 9);
    const part = (change: object) => () =>
      new MerkleTree(flat(3, 9), sha256, { from: 3, size: 11, complement, ...change });
    assert.equal(verdictOf(part({})), "accepted");
    for (const change of [
      { complement: complement.slice(1) },
      { complement: [...complement, leaves[0]] },
      { complement: [] },
      { complement: [...complement.slice(1), new Uint8Array(31)] },
      { from: 6 },
      { from: -1 },
      { from: 3.5 },
      { size: 8 },
      { size: 2 ** 32 },
      { size: 2 ** 53 },
      { size: Number.NaN },
    ])
      malformed(part(change), JSON.stringify(change));
    malformed(() => new MerkleTree(new Uint8Array(0), sha256, { from: 0, size: 1, complement: [] }));
    malformed(() => new MerkleTree(new Uint8Array(33)));
    const long = Array.from({ length: complementLength(3, 9, 2 ** 32) }, () => new Uint8Array(32));
    malformed(part({ size: 2 ** 32, complement: long }));
    assert.equal(verdictOf(part({ size: 2 ** 32 - 1, complement: long })), "accepted");
  });

  it("a range of the largest trees leads to one root by every path", () => {
    const sizes = fc.integer({ min: 2 ** 31 - 3, max: 2 ** 32 - 1 });
    holds(
      fc.property(sizes, fc.nat({ max: 2 ** 31 }), fc.integer({ min: 1, max: 9 }), (size, back, count) => {
        const from = Math.max(0, size - count - back);
        const own = leaves.slice(0, count);
        const need = complementLength(from, from + count, size);
        const complement = Array.from({ length: need }, (_, i) => sha256(Uint8Array.of(i)));
        const tree = new MerkleTree(concatBytes(...own), sha256, { from, size, complement });
        for (const [i, leaf] of own.entries())
          assert.deepEqual(rootFromPath(leaf, from + i, size, tree.path(from + i)), tree.root);
      }),
    );
  });
});

/** By another way: the left siblings of the first leaf and the right ones of the last. */
function complementLength(from: number, to: number, size: number): number {
  const left = pathDirections(from, size).filter((isLeft) => isLeft).length;
  const right = pathDirections(to - 1, size).filter((isLeft) => !isLeft).length;
  return left + right;
}
