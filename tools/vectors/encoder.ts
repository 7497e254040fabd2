import { sha256 } from "./p256.ts";

/** The encoder of the vectors: offsets as they stand in docs/protocol.md, written out once more, sharing no code with packages/core. */
export type Fields = {
  kind: number;
  flags: number;
  taiMinusUtc: number;
  networkId: number;
  epoch: number;
  policyId: number;
  timeTaiNs: bigint;
  uncertaintyNs: bigint;
  sequence: bigint;
  previousTimeTaiNs: bigint;
  imprint: Buffer;
  link: Buffer;
  anchor: Buffer;
};

export const ZERO: Buffer = Buffer.alloc(32);
export const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
/** 32 bytes that anyone can make again. */
export const named = (name: string): Buffer => sha256(Buffer.from(name));

export function statementBytes(fields: Fields): Buffer {
  const out = Buffer.alloc(160);
  out.write("ChronoLedger/TS1", 0, "ascii");
  out.writeUInt8(fields.kind, 16);
  out.writeUInt8(fields.flags, 17);
  out.writeInt16BE(fields.taiMinusUtc, 18);
  out.writeUInt32BE(fields.networkId, 20);
  out.writeUInt32BE(fields.epoch, 24);
  out.writeUInt32BE(fields.policyId, 28);
  out.writeBigUInt64BE(fields.timeTaiNs, 32);
  out.writeBigUInt64BE(fields.uncertaintyNs, 40);
  out.writeBigUInt64BE(fields.sequence, 48);
  out.writeBigUInt64BE(fields.previousTimeTaiNs, 56);
  fields.imprint.copy(out, 64);
  fields.link.copy(out, 96);
  fields.anchor.copy(out, 128);
  return out;
}

export const fieldsToJson = (fields: Fields) => ({
  kind: fields.kind,
  flags: fields.flags,
  taiMinusUtc: fields.taiMinusUtc,
  networkId: fields.networkId,
  epoch: fields.epoch,
  policyId: fields.policyId,
  timeTaiNs: String(fields.timeTaiNs),
  uncertaintyNs: String(fields.uncertaintyNs),
  sequence: String(fields.sequence),
  previousTimeTaiNs: String(fields.previousTimeTaiNs),
  imprint: hex(fields.imprint),
  link: hex(fields.link),
  anchor: hex(fields.anchor),
});

/** Node 0 is the most significant bit. */
export function bitmapBytes(signers: readonly number[]): Buffer {
  const bits = Array.from({ length: 32 }, (_, index) => (signers.includes(index) ? "1" : "0")).join("");
  return Buffer.from(Number.parseInt(bits, 2).toString(16).padStart(8, "0"), "hex");
}

export type LeafFields = {
  timeTaiNs: bigint;
  uncertaintyNs: bigint;
  serial: bigint;
  policyId: number;
  flags: number;
  imprint: Buffer;
  context: Buffer;
};

export function leafBytes(leaf: LeafFields): Buffer {
  const head = Buffer.alloc(32);
  head.writeBigUInt64BE(leaf.timeTaiNs, 0);
  head.writeBigUInt64BE(leaf.uncertaintyNs, 8);
  head.writeBigUInt64BE(leaf.serial, 16);
  head.writeUInt32BE(leaf.policyId, 24);
  head.writeUInt32BE(leaf.flags, 28);
  return Buffer.concat([head, leaf.imprint, leaf.context]);
}

/**
 * RFC 9162 by levels, bottom up: an odd node out is carried to the next level as it is. (packages/core splits from the top.)
 * levels[0] are the leaf hashes.
 */
export function treeLevels(leaves: readonly Uint8Array[]): Buffer[][] {
  const levels = [leaves.map((leaf) => sha256(Buffer.of(0), leaf))];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const next: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined) next.push(right === undefined ? left : sha256(Buffer.of(1), left, right));
    }
    levels.push(next);
  }
  return levels;
}

export const treeRoot = (leaves: readonly Uint8Array[]): Buffer => treeLevels(leaves).at(-1)?.[0] ?? sha256();

/** Siblings from the node at (level, index) to the root; bit i of the directions is 1 when sibling i stands on the left. */
export function siblings(
  levels: readonly Buffer[][],
  index: number,
  level = 0,
): { path: Buffer[]; directions: bigint } {
  const path: Buffer[] = [];
  let directions = 0n;
  for (let [at, height] = [index, level]; height < levels.length - 1; at >>= 1, height++) {
    const sibling = levels[height]?.[at ^ 1];
    if (sibling === undefined) continue;
    if (at & 1) directions |= 1n << BigInt(path.length);
    path.push(sibling);
  }
  return { path, directions };
}

/**
 * Consistency: the last complete subtree of the old tree, then its way to the root of the new one. The subtree itself is
 * left out when it is the whole old tree.
 */
export function consistency(leaves: readonly Uint8Array[], oldSize: number): Buffer[] {
  if (oldSize === leaves.length) return [];
  let [height, index] = [0, oldSize];
  for (; index % 2 === 0; index /= 2) height++;
  const levels = treeLevels(leaves);
  const start = levels[height]?.[index - 1];
  const { path } = siblings(levels, index - 1, height);
  return index === 1 || start === undefined ? path : [start, ...path];
}
