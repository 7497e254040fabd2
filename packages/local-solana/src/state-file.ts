import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { ChronoError } from "@chronoledger/core";
import { readIfPresent, writeDurably } from "@chronoledger/service";
import type { Account } from "./account.ts";
import { BLOCKHASH_BLOCKS, type Chain, KEPT_BLOCKS } from "./chain.ts";
import type { History } from "./history.ts";
import {
  type BlockEntry,
  parseBlockEntry,
  parseSnapshot,
  type Snapshot,
  writeBlockEntry,
  writeSnapshot,
} from "./state-format.ts";

/** The file is written anew, without what later lines replaced, when it has grown by so much. */
const REWRITE_AFTER_BYTES = 16 * 1024 * 1024;
/** Transactions that survive a rewriting, besides those whose signature may be sent again. */
const KEPT_RECORDS = 1_000;

/** What a file is rewritten from. */
export type WholeState = {
  readonly chain: Chain;
  readonly history: History;
  readonly account: (address: string) => Account | undefined;
};

/**
 * A log of blocks after a snapshot. A block's line is in the file before anybody is told of the block; one with transactions is on
 * the disk. After a kill nothing is missing; after a loss of power, at most empty blocks. One process at a time.
 */
export class StateFile {
  readonly #path: string;
  readonly #genesisHash: string;
  /** Addresses of all accounts ever written. */
  readonly #addresses: Set<string>;
  #descriptor: number;
  #grown = 0;

  private constructor(path: string, { genesisHash, accounts }: Snapshot) {
    this.#path = path;
    this.#genesisHash = genesisHash;
    this.#addresses = new Set(accounts.map(([address]) => address));
    this.#descriptor = openSync(path, "a", 0o600);
  }

  /** @returns undefined when there is no file. @throws journal/corrupt */
  static read(path: string): Snapshot | undefined {
    const bytes = readIfPresent(path);
    if (bytes === undefined || bytes.length === 0) return undefined;
    const lines = bytes.toString("utf8").split("\n");
    // What follows the last line's end was being written when the process was killed.
    lines.pop();
    const [first = "", ...rest] = lines;
    let number = 1;
    try {
      const snapshot = parseSnapshot(first);
      const entries = rest.map((line) => {
        number += 1;
        return parseBlockEntry(line);
      });
      return replay(snapshot, entries);
    } catch (cause) {
      throw new ChronoError(
        "journal/corrupt",
        { path, line: number },
        { cause, remedy: "move the file away to start a new local chain" },
      );
    }
  }

  /** Writes the snapshot as the whole file, and adds to it from then on. */
  static create(path: string, snapshot: Snapshot): StateFile {
    writeDurably(path, writeSnapshot(snapshot));
    return new StateFile(path, snapshot);
  }

  append(entry: BlockEntry, whole: WholeState): void {
    const bytes = Buffer.from(writeBlockEntry(entry));
    writeSync(this.#descriptor, bytes);
    if (entry.records.length > 0 || entry.accounts.length > 0) fdatasyncSync(this.#descriptor);
    for (const [address] of entry.accounts) this.#addresses.add(address);
    this.#grown += bytes.length;
    if (this.#grown > REWRITE_AFTER_BYTES) this.#rewrite(whole);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rewrite({ chain, history, account }: WholeState): void {
    const records = history.oldestFirst();
    const needed = records.filter(({ height }) => height >= chain.tip.height - BLOCKHASH_BLOCKS).length;
    const snapshot = {
      genesisHash: this.#genesisHash,
      blocks: chain.blocks,
      accounts: [...this.#addresses].map((address) => [address, account(address)] as const),
      records: records.slice(-Math.max(needed, KEPT_RECORDS)),
    };
    writeDurably(this.#path, writeSnapshot(snapshot));
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path, "a", 0o600);
    this.#grown = 0;
  }
}

/** A block whose parent is not the newest one abandons what is above its parent. */
function replay(start: Snapshot, entries: Iterable<BlockEntry>): Snapshot {
  const blocks = [...start.blocks];
  const records = [...start.records];
  const accounts = new Map(start.accounts);
  for (const entry of entries) {
    dropAbove(blocks, entry.block.parent);
    dropAbove(records, entry.block.parent);
    blocks.push(entry.block);
    records.push(...entry.records);
    for (const [address, account] of entry.accounts) accounts.set(address, account);
  }
  return { genesisHash: start.genesisHash, blocks: blocks.slice(-KEPT_BLOCKS), accounts: [...accounts], records };
}

function dropAbove(ordered: { readonly slot: number }[], slot: number): void {
  while ((ordered.at(-1)?.slot ?? 0) > slot) ordered.pop();
}
