import {
  type CertificateEntry,
  ChronoError,
  type DurationNs,
  durationNs,
  isChronoError,
  type LeafBatchResponse,
  MerkleTree,
  NS_PER_MS,
  NS_PER_S,
  retryOf,
  type TaiNs,
  taiNs,
} from "@chronoledger/core";
import { type Clock, opensslSha256 } from "@chronoledger/service";
import { BatchPace } from "./batch-pace.ts";
import type { LeafBlock } from "./leaf-block.ts";
import { nextBatch, type WaitingBlock } from "./next-batch.ts";

/** A sender is answered by then, whatever happens. */
const PATIENCE_NS = 10n * NS_PER_S;
/** A block that lies further ahead of this aggregator's clock waits by itself, and holds nobody else up. */
const AHEAD_NS = 10n * NS_PER_MS;
/** 32 MiB of hashes. */
const MAX_WAITING_LEAVES = 1_048_576;

type Answer = LeafBatchResponse;
type Block = WaitingBlock & {
  readonly hashes: Uint8Array;
  readonly latest: bigint;
  readonly deadline: bigint;
  /** Both take the block out of whatever it is in, once. */
  resolve(answer: Answer): void;
  reject(error: ChronoError): void;
};
type Batch = { readonly blocks: Set<Block>; readonly abort: AbortController };

export type LeafBatcherOptions = {
  readonly clock: Pick<Clock, "monotonicNow">;
  /** One try to get a certificate over the root, not before the instant. Rejects when a round has failed, or the signal aborts. */
  readonly certify: (time: TaiNs, root: Uint8Array, signal: AbortSignal) => Promise<CertificateEntry>;
  /** Calls back after that long, and in another turn of the event loop when that is now. @returns what calls it off */
  readonly after: (delay: DurationNs, run: () => void) => () => void;
};

/**
 * Puts the blocks of all senders that arrived meanwhile into one tree, one tree at a time, and answers each with its place in it. A block
 * goes from waiting into a batch, and back when a round failed, until it is certified, its sender is gone, or ten seconds are over.
 */
export class LeafBatcher {
  readonly #options: LeafBatcherOptions;
  readonly #pace = new BatchPace();
  /** In order of arrival. */
  #waiting: Block[] = [];
  readonly #listeners = new Set<(leaves: number) => void>();
  #batch: Batch | undefined;
  #unanswered = 0;
  #leaves = 0;
  #batches = 0;
  #lastFailure: ChronoError | undefined;
  /** The next step, by the monotonic clock. */
  #armed: { readonly at: bigint; callOff(): void } | undefined;
  #stopped = false;

  constructor(options: LeafBatcherOptions) {
    this.#options = options;
  }

  /** Certified since the start, those of senders that were gone by then left out. */
  get leaves(): number {
    return this.#leaves;
  }
  get batches(): number {
    return this.#batches;
  }
  /** Leaves not yet answered. */
  get unanswered(): number {
    return this.#unanswered;
  }
  get pause(): DurationNs {
    return this.#pace.pause;
  }

  /** Told of each batch that was certified, with the leaves of its tree. */
  onBatch(listener: (leaves: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * @param hashes of the block's leaves. @param now TAI by this aggregator's clock. @param signal aborts when the sender is gone.
   * @throws rate/limited while too many leaves wait, round/failed or another passing reason after ten seconds
   */
  submit(block: LeafBlock, hashes: Uint8Array, now: TaiNs, signal: AbortSignal): Promise<Answer> {
    if (this.#stopped || signal.aborted) return Promise.reject(givenUp(this.#stopped));
    if (this.#unanswered + block.count > MAX_WAITING_LEAVES)
      return Promise.reject(new ChronoError("rate/limited", { leavesWaiting: this.#unanswered }));
    const arrival = this.#options.clock.monotonicNow();
    const ahead = block.latest - now - AHEAD_NS;
    return new Promise((resolve, reject) => {
      const leave = (): void => this.#gone(added);
      const settle = (): void => {
        signal.removeEventListener("abort", leave);
        this.#unanswered -= block.count;
      };
      const added: Block = {
        ...{ hashes, count: block.count, latest: block.latest },
        dueAt: arrival + (ahead > 0n ? ahead : 0n),
        deadline: arrival + PATIENCE_NS,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal.addEventListener("abort", leave);
      this.#unanswered += block.count;
      this.#waiting.push(added);
      this.#arm(arrival);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#armed?.callOff();
    for (const block of this.#all()) this.#giveUp(block, givenUp(true));
  }

  #all(): Block[] {
    return [...(this.#batch?.blocks ?? []), ...this.#waiting];
  }

  /** A step that comes earlier stays: a stream of arrivals must not put it off. */
  #arm(at: bigint): void {
    if (this.#armed !== undefined && this.#armed.at <= at) return;
    this.#armed?.callOff();
    const delay = at - this.#options.clock.monotonicNow();
    const callOff = this.#options.after(durationNs(delay > 0n ? delay : 0n), () => this.#step());
    this.#armed = { at, callOff };
  }

  #step(): void {
    this.#armed = undefined;
    const now = this.#options.clock.monotonicNow();
    for (const block of this.#all())
      if (block.deadline <= now)
        this.#giveUp(block, this.#lastFailure ?? new ChronoError("round/failed", { reason: "no certificate in time" }));
    let wakeAt = this.#all().reduce<bigint | undefined>((least, { deadline }) => earlier(least, deadline), undefined);
    if (this.#batch === undefined) {
      const next = nextBatch({ now, readyAt: this.#pace.readyAt, waiting: this.#waiting });
      if (next.act === "close") void this.#run(next.blocks);
      else if (next.act === "wait") wakeAt = earlier(wakeAt, next.until);
    }
    if (wakeAt !== undefined) this.#arm(wakeAt);
  }

  async #run(blocks: readonly Block[]): Promise<void> {
    const { clock, certify } = this.#options;
    const batch: Batch = { blocks: new Set(blocks), abort: new AbortController() };
    this.#batch = batch;
    this.#waiting = this.#waiting.filter((block) => !batch.blocks.has(block));
    const start = clock.monotonicNow();
    let took: DurationNs | undefined;
    try {
      const tree = new MerkleTree(Buffer.concat(blocks.map(({ hashes }) => hashes)), opensslSha256);
      const certificate = await certify(latestOf(blocks), tree.root, batch.abort.signal);
      took = (clock.monotonicNow() - start) as DurationNs;
      this.#answer(batch, blocks, tree, certificate);
      this.#batches++;
      for (const listener of this.#listeners) listener(tree.size);
    } catch (error) {
      this.#afterFailure(batch, error);
    }
    this.#batch = undefined;
    const now = clock.monotonicNow();
    this.#pace.ended(now, took);
    this.#arm(now);
  }

  #answer({ blocks: here }: Batch, blocks: readonly Block[], tree: MerkleTree, certificate: CertificateEntry): void {
    let firstIndex = 0;
    for (const block of blocks) {
      const end = firstIndex + block.count;
      if (here.delete(block)) {
        this.#leaves += block.count;
        block.resolve({ certificate, firstIndex, size: tree.size, complement: tree.complement(firstIndex, end) });
      }
      firstIndex = end;
    }
    this.#lastFailure = undefined;
  }

  /** What may pass is tried again, with all that arrived meanwhile. */
  #afterFailure({ blocks }: Batch, error: unknown): void {
    const known = isChronoError(error) ? error : new ChronoError("internal/unexpected", {}, { cause: error });
    if (retryOf(known.code) === "later") {
      this.#lastFailure = known;
      this.#waiting = [...blocks, ...this.#waiting];
    } else for (const block of blocks) block.reject(known);
  }

  #gone(block: Block): void {
    this.#giveUp(block, givenUp(false));
  }

  #giveUp(block: Block, error: ChronoError): void {
    this.#waiting = this.#waiting.filter((other) => other !== block);
    const batch = this.#batch;
    if (batch?.blocks.delete(block) && batch.blocks.size === 0) batch.abort.abort();
    block.reject(error);
  }
}

const latestOf = (blocks: readonly Block[]): TaiNs =>
  taiNs(blocks.map((block) => block.latest).sort((a, b) => (a > b ? -1 : 1))[0] ?? 0n);

const earlier = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b < a ? b : a);

const givenUp = (stops: boolean): ChronoError =>
  new ChronoError("round/failed", { reason: stops ? "the aggregator stops" : "nobody waits for the leaves any more" });
