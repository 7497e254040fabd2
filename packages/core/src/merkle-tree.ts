import { copyBytes, sha256 } from "./bytes.ts";
import { ChronoError } from "./errors.ts";

const HASH_BYTES = 32;
/** Index and size of a proof are uint32. */
const MAX_SIZE = 0xffff_ffff;

/** SHA-256 from elsewhere, such as OpenSSL's. It must return 32 bytes, and not keep those that it is given: they are used again. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array;

/** Where a range of leaves lies in a larger tree, and what the tree has besides. */
export type MerklePlace = {
  /** Index of the first leaf of the range. */
  readonly from: number;
  /** Leaves of the whole tree, below 2^32. */
  readonly size: number;
  /** As {@link MerkleTree.complement} returns it. */
  readonly complement: readonly Uint8Array[];
};

/** Node `first` and those after it, on one level. */
type Level = { readonly first: number; readonly bytes: Uint8Array };

/** One level of a range: its own nodes `low` to `high`, and whether the neighbours are needed that make their pairs whole. */
type Step = { readonly low: number; readonly high: number; readonly left: boolean; readonly right: boolean };

const half = (index: number): number => Math.floor(index / 2);

/** From the leaves upwards, the root included. A last node without a partner stands on the next level unchanged. */
function stepsOf(from: number, to: number, size: number): Step[] {
  const steps: Step[] = [];
  let low = from;
  let high = to - 1;
  for (let width = size; width > 0; width = width === 1 ? 0 : half(width + 1)) {
    steps.push({ low, high, left: low % 2 === 1, right: high % 2 === 0 && high + 1 < width });
    low = half(low);
    high = half(high);
  }
  return steps;
}

/**
 * A tree of RFC 9162 with every level kept: the root costs nothing, a path a copy of at most 32 hashes. It knows either all leaves,
 * or a range of them and the hashes around it. Roots and paths are those of `merkleRoot` and `inclusionPath`.
 */
export class MerkleTree {
  readonly size: number;
  /** Paths are known for from <= index < to. */
  readonly from: number;
  readonly to: number;
  readonly #levels: Level[] = [];
  readonly #root: Uint8Array;

  /**
   * @param hashes of the leaves, 32 bytes each, one after the other. @param place when they are a range of a larger tree.
   * @throws proof/malformed when the range is empty or not inside, or the complement has another number of hashes than it needs.
   */
  constructor(hashes: Uint8Array, hash: HashFunction = sha256, place?: MerklePlace) {
    const count = hashes.length / HASH_BYTES;
    const { from, size, complement } = place ?? { from: 0, size: count, complement: [] };
    this.from = from;
    this.to = from + count;
    this.size = size;
    if (place !== undefined || count > 0) this.#checkRange(from, this.to, { from: 0, to: size });
    const steps = stepsOf(from, this.to, size);
    const lefts = steps.filter((step) => step.left).length;
    const need = lefts + steps.filter((step) => step.right).length;
    if (complement.length !== need || complement.some((one) => one.length !== HASH_BYTES))
      throw new ChronoError("proof/malformed", { complement: complement.length, need: `${need} hashes of 32 bytes` });
    // Left neighbours come from the top level down, right ones from the leaves up.
    const [before, after] = [complement.slice(0, lefts), complement.slice(lefts).reverse()];
    const scratch = new Uint8Array(1 + 2 * HASH_BYTES);
    scratch[0] = 1;
    for (const { low, high, left, right } of steps) {
      const start = left ? HASH_BYTES : 0;
      const end = start + (high - low + 1) * HASH_BYTES;
      const bytes = new Uint8Array(end + (right ? HASH_BYTES : 0));
      const below = this.#levels.at(-1);
      if (below === undefined) bytes.set(hashes, start);
      else joinPairs(below, { low, into: bytes.subarray(start, end), hash, scratch });
      if (left) bytes.set(before.pop() ?? [], 0);
      if (right) bytes.set(after.pop() ?? [], end);
      this.#levels.push({ first: left ? low - 1 : low, bytes });
    }
    this.#root = this.#levels.at(-1)?.bytes ?? hash(new Uint8Array(0));
  }

  /** SHA-256 of nothing when there are no leaves. */
  get root(): Uint8Array {
    return copyBytes(this.#root);
  }

  /** Siblings from the leaf upwards. @throws proof/malformed unless from <= index < to. */
  path(index: number): Uint8Array[] {
    this.#checkRange(index, index + 1, this);
    const path: Uint8Array[] = [];
    let at = index;
    let width = this.size;
    for (const level of this.#levels) {
      const sibling = at % 2 === 0 ? at + 1 : at - 1;
      if (sibling < width) path.push(nodeOf(level, sibling));
      at = half(at);
      width = half(width + 1);
    }
    return path;
  }

  /**
   * What the owner of the leaves [from, to) needs besides them to derive the root and each of its paths: the roots of the largest
   * subtrees that hold none of its leaves, left to right, at most two a level.
   * @throws proof/malformed for an empty range, or one that is not inside the tree's own.
   */
  complement(from: number, to: number): Uint8Array[] {
    this.#checkRange(from, to, this);
    const lefts: Uint8Array[] = [];
    const rights: Uint8Array[] = [];
    for (const [at, step] of stepsOf(from, to, this.size).entries()) {
      const level = this.#levels[at];
      if (level === undefined) break;
      if (step.left) lefts.push(nodeOf(level, step.low - 1));
      if (step.right) rights.push(nodeOf(level, step.high + 1));
    }
    return [...lefts.reverse(), ...rights];
  }

  #checkRange(from: number, to: number, inside: { readonly from: number; readonly to: number }): void {
    const whole = [from, to, inside.to].every(Number.isSafeInteger);
    if (!whole || from < inside.from || from >= to || to > inside.to || this.size > MAX_SIZE)
      throw new ChronoError("proof/malformed", {
        ...{ from, to, size: this.size },
        need: `${inside.from} <= from < to <= ${inside.to} < 2^32`,
      });
  }
}

const nodeOf = ({ first, bytes }: Level, index: number): Uint8Array =>
  copyBytes(bytes, (index - first) * HASH_BYTES, (index - first + 1) * HASH_BYTES);

/** Nodes `low` and after of the level above; as many as `into` has room for. */
function joinPairs(
  below: Level,
  above: {
    readonly low: number;
    readonly into: Uint8Array;
    readonly hash: HashFunction;
    /** 0x01 and room for two hashes. */
    readonly scratch: Uint8Array;
  },
): void {
  const { into, hash, scratch } = above;
  const pair = 2 * HASH_BYTES;
  let from = (2 * above.low - below.first) * HASH_BYTES;
  for (let at = 0; at < into.length; at += HASH_BYTES, from += pair) {
    if (from + pair > below.bytes.length) {
      into.set(below.bytes.subarray(from, from + HASH_BYTES), at);
      continue;
    }
    scratch.set(below.bytes.subarray(from, from + pair), 1);
    into.set(hash(scratch), at);
  }
}
