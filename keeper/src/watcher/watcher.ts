import { isChronoError } from "@chronoledger/core";
import type { Logger } from "@chronoledger/service";
import type { ChainClient, Head, Hex } from "@chronoledger/txm";
import type { BlockRef, EventStore } from "../store/event-store.ts";
import { decodeLogs, type RawLog } from "./decode-log.ts";

/** Blocks asked for at once; halved when a node refuses, down to one. */
const CHUNK_BLOCKS = 2_000;

export type WatcherContext = {
  readonly chain: Pick<ChainClient, "rpc" | "blockByNumber" | "head">;
  readonly scheduler: Hex;
  readonly startBlock: number;
  readonly store: EventStore;
  readonly log: Logger;
  /** Schedules whose events changed, and the newest block that was read. Awaited before reading goes on. */
  readonly onChange: (ids: readonly Hex[], upTo: Head) => Promise<void>;
};

/**
 * Keeps the event store equal to the chain: from a checkpoint by number and hash, in chunks, then with every head. When the checkpoint's
 * hash is no longer the chain's, it goes back to the last block that still is, and reads on from there.
 */
export class Watcher {
  readonly #context: WatcherContext;
  #wanted: Head | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #chunk = CHUNK_BLOCKS;
  #failing = false;

  constructor(context: WatcherContext) {
    this.#context = context;
  }

  /** Reads up to this head, or a newer one. Never throws: an unreachable node is tried again with the next head. */
  onHead(head: Head): Promise<void> {
    this.#wanted = head;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#wanted !== undefined && !this.#stopped) {
      const head = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#follow(head);
        this.#failing = false;
      } catch (error) {
        const { log } = this.#context;
        if (!this.#failing)
          log.warn(
            { err: error, code: isChronoError(error) ? error.code : undefined },
            "reading the scheduler's events failed; the next block tries again",
          );
        this.#failing = true;
      }
    }
  }

  async #follow(head: Head): Promise<void> {
    const { store, startBlock, onChange } = this.#context;
    const changed = new Set<Hex>(await this.#rewindIfNeeded());
    let checkpoint = await store.checkpoint();
    for (
      let from = (checkpoint?.number ?? startBlock - 1) + 1;
      from <= head.number && !this.#stopped;
      from = (checkpoint?.number ?? startBlock - 1) + 1
    ) {
      const to = Math.min(from + this.#chunk - 1, head.number);
      const read = await this.#read(from, to);
      if (read === undefined) continue;
      await store.append(read.events, read.upTo);
      checkpoint = read.upTo;
      for (const { id } of read.events) changed.add(id);
    }
    await onChange([...changed], head);
  }

  async #rewindIfNeeded(): Promise<Hex[]> {
    const { store, chain, log } = this.#context;
    const known = await store.knownBlocks();
    const [newest] = known;
    if (newest === undefined || (await this.#isCurrent(newest))) return [];
    let common: BlockRef | undefined;
    for (const block of known.slice(1))
      if (await this.#isCurrent(block)) {
        common = block;
        break;
      }
    log.warn(
      { from: newest.number, to: common?.number, head: (await chain.head()).number },
      "the chain was reorganised; events are read again",
    );
    return store.rewind(common);
  }

  async #isCurrent(block: BlockRef): Promise<boolean> {
    return (await this.#context.chain.blockByNumber(block.number))?.hash === block.hash;
  }

  /** Undefined: the chain changed meanwhile, or the node wants smaller questions; ask again. */
  async #read(
    from: number,
    to: number,
  ): Promise<{ events: ReturnType<typeof decodeLogs>; upTo: BlockRef } | undefined> {
    const { chain, scheduler, log } = this.#context;
    const before = await chain.blockByNumber(to);
    if (before === undefined) throw new Error(`block ${to} is not there`);
    const filter = { address: scheduler, fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` };
    let logs: RawLog[];
    try {
      logs = (await chain.rpc.request("eth_getLogs", [filter])) as RawLog[];
    } catch (error) {
      if (to === from || isChronoError(error)) throw error;
      this.#chunk = Math.max(1, Math.floor((to - from + 1) / 2));
      log.info({ blocks: this.#chunk }, "the node wants smaller ranges of logs");
      return undefined;
    }
    if ((await chain.blockByNumber(to))?.hash !== before.hash) return undefined;
    const events = decodeLogs(logs, (bad, error) =>
      log.warn(
        { err: error, transaction: bad.transactionHash, logIndex: bad.logIndex },
        "a log of the scheduler does not decode",
      ),
    );
    return { events, upTo: { number: to, hash: before.hash } };
  }
}
