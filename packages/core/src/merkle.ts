import { equalBytes, sha256 } from "./bytes.ts";
import { ChronoError } from "./errors.ts";

/** RFC 9162 section 2.1: SHA-256(0x00 || leaf). */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const data = new Uint8Array(1 + leaf.length);
  data.set(leaf, 1);
  return sha256(data);
}

/** RFC 9162 section 2.1: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const data = new Uint8Array(1 + left.length + right.length);
  data[0] = 1;
  data.set(left, 1);
  data.set(right, 1 + left.length);
  return sha256(data);
}

/** The largest power of two below n (n >= 2). */
const split = (n: number): number => 2 ** (31 - Math.clz32(n - 1));

/**
 * Root over leaf hashes in [from, to); SHA-256 of nothing when empty. Cost: to - from - 1 hashes.
 * @throws input/out-of-range unless 0 <= from <= to <= the number of hashes.
 */
export function merkleRoot(hashes: readonly Uint8Array[], from = 0, to = hashes.length): Uint8Array {
  if (from === to && from >= 0 && to <= hashes.length) return sha256(new Uint8Array(0));
  if (to - from > 1) {
    const middle = from + split(to - from);
    return nodeHash(merkleRoot(hashes, from, middle), merkleRoot(hashes, middle, to));
  }
  const only = to - from === 1 ? hashes[from] : undefined;
  if (only === undefined)
    throw new ChronoError("input/out-of-range", { what: "leaves", from, to, size: hashes.length });
  return only;
}

const checkIndex = (index: number, size: number): void => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size || size > 2 ** 32)
    throw new ChronoError("proof/malformed", { index, size, need: "0 <= index < size <= 2^32" });
};

/** Siblings from the leaf upwards (RFC 9162 section 2.1.3.1). */
export function inclusionPath(hashes: readonly Uint8Array[], index: number): Uint8Array[] {
  checkIndex(index, hashes.length);
  const path: Uint8Array[] = [];
  let from = 0;
  let to = hashes.length;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      path.unshift(merkleRoot(hashes, middle, to));
      to = middle;
    } else {
      path.unshift(merkleRoot(hashes, from, middle));
      from = middle;
    }
  }
  return path;
}

/**
 * One bit a level, the least significant first: 1 when the sibling stands on the left. This is what a contract takes.
 * @returns as many booleans as the path has hashes.
 */
export function pathDirections(index: number, size: number): boolean[] {
  checkIndex(index, size);
  const directions: boolean[] = [];
  let at = index;
  let last = size - 1;
  while (last > 0) {
    if (at % 2 === 1 || at === last) {
      directions.push(true);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else directions.push(false);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return directions;
}

export const directionBits = (directions: readonly boolean[]): bigint =>
  directions.reduce((bits, left, level) => (left ? bits | (1n << BigInt(level)) : bits), 0n);

/** The root that a leaf hash leads to (RFC 9162 section 2.1.3.2). @throws proof/malformed when the path has another length. */
export function rootFromPath(leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[]): Uint8Array {
  const directions = pathDirections(index, size);
  if (directions.length !== path.length || path.some((hash) => hash.length !== 32))
    throw new ChronoError("proof/malformed", { pathLength: path.length, need: directions.length });
  return path.reduce(
    (hash, sibling, level) => (directions[level] ? nodeHash(sibling, hash) : nodeHash(hash, sibling)),
    leaf,
  );
}

/** RFC 9162 section 2.1.4.1: proof that the tree of the first `oldSize` leaves is a prefix of the whole. */
export function consistencyPath(hashes: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!Number.isSafeInteger(oldSize) || oldSize < 1 || oldSize > hashes.length)
    throw new ChronoError("proof/malformed", { oldSize, size: hashes.length, need: "1 <= oldSize <= size" });
  const walk = (m: number, from: number, to: number, complete: boolean): Uint8Array[] => {
    const n = to - from;
    if (m === n) return complete ? [] : [merkleRoot(hashes, from, to)];
    const k = split(n);
    if (m <= k) return [...walk(m, from, from + k, complete), merkleRoot(hashes, from + k, to)];
    return [...walk(m - k, from + k, to, false), merkleRoot(hashes, from, from + k)];
  };
  return walk(oldSize, 0, hashes.length, true);
}

/** Exact for every safe integer; Math.log2 takes 2^49 - 1 for a power of two. */
const isPowerOfTwo = (size: number): boolean => {
  const value = BigInt(size);
  return (value & (value - 1n)) === 0n;
};

/** RFC 9162 section 2.1.4.2. False for any proof that does not show `newRoot` to extend `oldRoot`. */
export function verifyConsistency(
  old: { readonly size: number; readonly root: Uint8Array },
  now: { readonly size: number; readonly root: Uint8Array },
  path: readonly Uint8Array[],
): boolean {
  if (![old.size, now.size].every(Number.isSafeInteger) || old.size < 1 || old.size > now.size) return false;
  if (old.size === now.size) return path.length === 0 && equalBytes(old.root, now.root);
  const [first, ...rest] = isPowerOfTwo(old.size) ? [old.root, ...path] : path;
  if (first === undefined || first.length !== 32) return false;
  let at = old.size - 1;
  let last = now.size - 1;
  const half = () => {
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  };
  while (at % 2 === 1) half();
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (last === 0 || sibling.length !== 32) return false;
    if (at % 2 === 1 || at === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (at % 2 === 0 && at !== 0) half();
    } else newHash = nodeHash(newHash, sibling);
    half();
  }
  return last === 0 && equalBytes(oldHash, old.root) && equalBytes(newHash, now.root);
}
