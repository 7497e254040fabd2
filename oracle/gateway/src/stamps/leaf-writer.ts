import { randomBytes } from "node:crypto";
import { ChronoError, LEAF_BYTES, type Reading } from "@chronoledger/core";

export type LeafFields = Reading & { readonly policyId: number; readonly flags: number };

/** What is stamped: either the imprints, or how many to draw. */
export type LeafContent =
  | readonly { readonly imprint: Uint8Array; readonly context: Uint8Array }[]
  | { readonly count: number };

export const countOf = (content: LeafContent): number => ("count" in content ? content.count : content.length);

/** Serials: 24 random bits of this process, and a counter. Two leaves of one process are never the same. */
export class LeafWriter {
  #serial = BigInt(randomBytes(3).readUIntBE(0, 3)) << 40n;

  /** The leaves one after the other, all with this reading; drawn imprints are random, and their contexts zero. */
  write(content: LeafContent, { time, uncertainty, policyId, flags }: LeafFields): Uint8Array {
    const count = countOf(content);
    const bytes = Buffer.alloc(count * LEAF_BYTES);
    const drawn = "count" in content ? randomBytes(32 * count) : undefined;
    for (let i = 0, at = 0; i < count; i++, at += LEAF_BYTES) {
      bytes.writeBigUInt64BE(time, at);
      bytes.writeBigUInt64BE(uncertainty, at + 8);
      bytes.writeBigUInt64BE(this.#serial++, at + 16);
      bytes.writeUInt32BE(policyId, at + 24);
      bytes.writeUInt32BE(flags, at + 28);
      if (drawn !== undefined) drawn.copy(bytes, at + 32, i * 32, (i + 1) * 32);
      else {
        const { imprint, context } = leafAt(content, i);
        bytes.set(imprint, at + 32);
        bytes.set(context, at + 64);
      }
    }
    return bytes;
  }
}

function leafAt(content: LeafContent, index: number): { imprint: Uint8Array; context: Uint8Array } {
  const leaf = "count" in content ? undefined : content[index];
  if (leaf === undefined || leaf.imprint.length !== 32 || leaf.context.length !== 32)
    throw new ChronoError("input/malformed", { leaf: index, need: "imprint and context of 32 bytes each" });
  return leaf;
}
