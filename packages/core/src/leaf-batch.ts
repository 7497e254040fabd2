import { copyBytes, equalBytes, sha256 } from "./bytes.ts";
import { decodeCertificate } from "./certificate.ts";
import { ChronoError } from "./errors.ts";
import { decodeLeaf, LEAF_BYTES, type Leaf } from "./leaf.ts";
import { type HashFunction, MerkleTree } from "./merkle-tree.ts";
import type { TemporalProof } from "./proof.ts";
import { decodeStatement } from "./statement.ts";

/** A block of leaves that lie side by side in the tree of one certificate, protocol.md section 6. */
export type LeafBatch = {
  /** 96 bytes a leaf, one after the other. */
  readonly leaves: Uint8Array;
  /** Of the first of them in the tree. */
  readonly firstIndex: number;
  /** Leaves of the whole tree, below 2^32. */
  readonly size: number;
  /** 32 bytes each: the largest subtrees that hold none of these leaves, left to right. */
  readonly complement: readonly Uint8Array[];
  /** Encoded, over the tree's root. */
  readonly certificate: Uint8Array;
};

/** A block that leads to its certificate's imprint. That the certificate is valid is for `verifyProof`. */
export type OpenBatch = {
  readonly count: number;
  /** @param index within the block. @throws proof/malformed when there is no such leaf. */
  leaf(index: number): Leaf;
  /** Stands alone. @param index within the block. @throws proof/malformed when there is no such leaf. */
  proof(index: number): TemporalProof;
};

/** RFC 9162's hash of each leaf, 32 bytes each, one after the other. @throws proof/malformed unless there are 96 bytes a leaf. */
export function hashLeaves(leaves: Uint8Array, hash: HashFunction = sha256): Uint8Array {
  const count = countLeaves(leaves);
  const hashes = new Uint8Array(32 * count);
  const scratch = new Uint8Array(1 + LEAF_BYTES);
  for (let i = 0; i < count; i++) {
    scratch.set(leaves.subarray(LEAF_BYTES * i, LEAF_BYTES * (i + 1)), 1);
    hashes.set(hash(scratch), 32 * i);
  }
  return hashes;
}

/**
 * Checks once that the block leads to what the certificate certifies; each proof then costs a copy of its path.
 * @param hash SHA-256, where there is a faster one than core's own.
 * @throws proof/malformed, proof/path, certificate/malformed, statement/malformed
 */
export function openBatch(batch: LeafBatch, hash: HashFunction = sha256): OpenBatch {
  const { firstIndex, size } = batch;
  const leaves = copyBytes(batch.leaves);
  const certificate = copyBytes(batch.certificate);
  const count = countLeaves(leaves);
  const place = { from: firstIndex, size, complement: batch.complement };
  const tree = new MerkleTree(hashLeaves(leaves, hash), hash, place);
  if (!equalBytes(tree.root, decodeStatement(decodeCertificate(certificate).statement).imprint))
    throw new ChronoError("proof/path", { firstIndex, count, size });
  const leafBytes = (index: number): Uint8Array => {
    if (!Number.isSafeInteger(index) || index < 0 || index >= count)
      throw new ChronoError("proof/malformed", { index, need: `0 <= index < ${count}` });
    return copyBytes(leaves, LEAF_BYTES * index, LEAF_BYTES * (index + 1));
  };
  return {
    count,
    leaf: (index) => decodeLeaf(leafBytes(index)),
    proof: (index) => {
      const leaf = leafBytes(index);
      return { leaf, index: firstIndex + index, size, path: tree.path(firstIndex + index), certificate };
    },
  };
}

function countLeaves(leaves: Uint8Array): number {
  if (leaves.length === 0 || leaves.length % LEAF_BYTES !== 0)
    throw new ChronoError("proof/malformed", { leavesBytes: leaves.length, need: `a multiple of ${LEAF_BYTES}` });
  return leaves.length / LEAF_BYTES;
}
