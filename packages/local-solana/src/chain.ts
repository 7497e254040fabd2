import { createHash } from "node:crypto";
import { ChronoError } from "@chronoledger/core";
import type { Account, AccountMap } from "./account.ts";
import { fromBase58, toBase58 } from "./base58.ts";
import type { Commitment } from "./commitment.ts";

/** A transaction may enter the blocks up to this many above the one whose hash it names. Mainnet's. */
export const BLOCKHASH_BLOCKS = 150;
/** The SlotHashes sysvar has so many, and what is asked about older blocks has no answer. */
export const KEPT_BLOCKS = 512;

export type BlockHeader = {
  readonly slot: number;
  /** Slot of the block before. */
  readonly parent: number;
  readonly height: number;
  readonly hash: string;
  readonly unixSeconds: bigint;
};
export type Block = BlockHeader & {
  /** What the block changed, as it was before. Empty again once the block is final, and for blocks read from a file. */
  readonly before: AccountMap;
  /** Addresses of the accounts changed by its transactions. */
  readonly changed: readonly string[];
  /** Signatures in the order they ran. */
  readonly signatures: readonly string[];
  /** The lowest price of a compute unit paid in the block, and by account locked for writing. */
  readonly prices: { readonly lowest: bigint; readonly byAccount: ReadonlyMap<string, bigint> };
};
export const NO_PRICES: Block["prices"] = { lowest: 0n, byAccount: new Map() };

/** The blocks that reached a commitment with the newest block, oldest first. */
export type Reached = Readonly<Record<Commitment, readonly Block[]>>;

export type ChainOptions = {
  /** Blocks on top of a block that make it confirmed and final. */
  readonly confirmAfter: number;
  readonly finalizeAfter: number;
};

/** The blocks from the oldest remembered to the newest, without gaps in height; slots of abandoned forks are skipped. */
export class Chain {
  readonly #options: ChainOptions;
  readonly #blocks: Block[];
  readonly #byHash: Map<string, Block>;
  #confirmed: number;
  #final: number;

  /** @param blocks oldest first, at least one; all of them are final, since what they changed is not known. */
  constructor(options: ChainOptions, blocks: readonly Block[]) {
    this.#options = options;
    this.#blocks = [...blocks];
    this.#byHash = new Map(blocks.map((block) => [block.hash, block]));
    this.#confirmed = this.tip.height;
    this.#final = this.tip.height;
  }

  get #oldest(): Block {
    return this.#blocks[0] as Block;
  }

  get tip(): Block {
    return this.#blocks.at(-1) as Block;
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** The newest block of that commitment. */
  at(commitment: Commitment): Block {
    if (commitment === "processed") return this.tip;
    return this.#atHeight(commitment === "confirmed" ? this.#confirmed : this.#final);
  }

  commitmentOf(height: number): Commitment {
    return height <= this.#final ? "finalized" : height <= this.#confirmed ? "confirmed" : "processed";
  }

  bySlot(slot: number): Block | undefined {
    return this.#blocks.find((block) => block.slot === slot);
  }

  byHash(hash: string): Block | undefined {
    return this.#byHash.get(hash);
  }

  /** Whether a transaction that names the hash may be in a block of that height. */
  mayEnter(hash: string, height: number): boolean {
    const named = this.#byHash.get(hash);
    return named !== undefined && named.height < height && height <= named.height + BLOCKHASH_BLOCKS;
  }

  /** The newest blocks' hashes, newest first. */
  slotHashes(): { slot: number; hash: string }[] {
    return this.#blocks.map(({ slot, hash }) => ({ slot, hash })).reverse();
  }

  append(block: Block): Reached {
    const before = { confirmed: this.#confirmed, final: this.#final };
    this.#blocks.push(block);
    this.#byHash.set(block.hash, block);
    this.#confirmed = Math.max(this.#confirmed, block.height - this.#options.confirmAfter);
    this.#final = Math.max(this.#final, block.height - this.#options.finalizeAfter);
    const finalized = this.#above(before.final, this.#final);
    for (const { before: changes } of finalized) changes.clear();
    while (this.#blocks.length > KEPT_BLOCKS && this.#oldest.height < this.#final) {
      this.#byHash.delete(this.#oldest.hash);
      this.#blocks.shift();
    }
    return { processed: [block], confirmed: this.#above(before.confirmed, this.#confirmed), finalized };
  }

  /** Abandons the newest blocks. @returns them, newest first. @throws input/out-of-range when one of them is final. */
  abandon(depth: number): Block[] {
    const most = this.tip.height - this.#final;
    if (!Number.isInteger(depth) || depth < 1 || depth > most)
      throw new ChronoError(
        "input/out-of-range",
        { what: "depth of a fork", value: depth, range: `1 to ${most}` },
        { remedy: "blocks that are final cannot be abandoned; make `finalizeAfter` larger or produce more slots" },
      );
    const abandoned = this.#blocks.splice(-depth).reverse();
    for (const { hash } of abandoned) this.#byHash.delete(hash);
    this.#confirmed = Math.min(this.#confirmed, this.tip.height);
    return abandoned;
  }

  /** An account as it was when the block ended. @param now as it is. */
  accountAt(block: Block, address: string, now: Account | undefined): Account | undefined {
    const change = this.#above(block.height, this.tip.height).find(({ before }) => before.has(address));
    return change === undefined ? now : change.before.get(address);
  }

  /** Addresses of the accounts changed since the block. */
  changedSince(block: Block): Set<string> {
    return new Set(this.#above(block.height, this.tip.height).flatMap(({ before }) => [...before.keys()]));
  }

  #atHeight(height: number): Block {
    return this.#blocks[height - this.#oldest.height] as Block;
  }

  /** Blocks of heights in (from, to]. */
  #above(from: number, to: number): Block[] {
    const first = this.#oldest.height;
    return this.#blocks.slice(Math.max(0, from + 1 - first), Math.max(0, to + 1 - first));
  }
}

/** The hash of the block that follows in a slot. Slots are never used twice, so hashes of abandoned blocks never come back. */
export function nextHash(parent: BlockHeader, slot: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(slot));
  return toBase58(
    createHash("sha256")
      .update(fromBase58(parent.hash) ?? "")
      .update(bytes)
      .digest(),
  );
}
