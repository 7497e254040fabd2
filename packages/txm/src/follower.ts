import { ChronoError, isChronoError, NS_PER_S } from "@chronoledger/core";
import { type Book, lastAttempt, type Tracked } from "./book.ts";
import { nextFees } from "./fees.ts";
import { broadcast, capOf, feesOf, replace, replaceByNoop, type SenderContext } from "./sender.ts";
import type { ClockPort, Head, Inclusion, LogPort } from "./types.ts";

/** A receipt may lag behind the nonce by a block on a load-balanced node; after this many heads somebody else used the nonce. */
const HEADS_UNTIL_REPLACED = 2;
const HEADS_BETWEEN_POOL_CHECKS = 2;

export type FollowerContext = SenderContext & {
  readonly book: Book;
  readonly clock: ClockPort;
  readonly log: LogPort;
  readonly confirmations: number;
  /** Seconds. */
  readonly blockInterval: () => number;
};

/** Looks at every open transaction once per head; heads that come meanwhile are merged into one more round. */
export class Follower {
  readonly #context: FollowerContext;
  #next: Head | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(context: FollowerContext) {
    this.#context = context;
  }

  /** @returns when the round for this head, or for a newer one, is over. */
  onHead(head: Head): Promise<void> {
    this.#next = head;
    this.#running ??= this.#run();
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#next !== undefined && !this.#stopped) {
        const head = this.#next;
        this.#next = undefined;
        await this.#round(head);
      }
    } catch (error) {
      this.#context.log.warn(
        { err: error, code: isChronoError(error) ? error.code : undefined },
        "following transactions was interrupted; the next block goes on",
      );
    } finally {
      this.#running = undefined;
    }
  }

  async #round(head: Head): Promise<void> {
    const { chain, address, book } = this.#context;
    const open = book.open();
    if (open.length === 0) return;
    const nonce = await chain.latestNonce(address);
    const blocks = new Map<number, Promise<Head | undefined>>();
    const blockAt = (number: number) => {
      const known = blocks.get(number) ?? chain.blockByNumber(number);
      blocks.set(number, known);
      return known;
    };
    const results = await Promise.allSettled(open.map((tracked) => this.#look(tracked, head, nonce, blockAt)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #look(
    tracked: Tracked,
    head: Head,
    nonce: number,
    blockAt: (number: number) => Promise<Head | undefined>,
  ): Promise<void> {
    const { book } = this.#context;
    if (tracked.stored !== tracked.transaction.state) await book.flush(tracked);
    const { state } = tracked.transaction;
    if (state === "included" || state === "cancelled") {
      if (await this.#stillThere(tracked, head, blockAt)) return;
    } else if (state === "replaced" && (await this.#stillReplaced(tracked, head, nonce))) return;
    if (tracked.transaction.nonce < nonce) await this.#findReceipt(tracked, head, blockAt);
    else await this.#push(tracked, head);
  }

  async #stillThere(
    tracked: Tracked,
    head: Head,
    blockAt: (number: number) => Promise<Head | undefined>,
  ): Promise<boolean> {
    const { book, confirmations, log } = this.#context;
    const inclusion = tracked.transaction.inclusion as Inclusion;
    const block = await blockAt(inclusion.blockNumber);
    if (block?.hash === inclusion.blockHash) {
      if (head.number - inclusion.blockNumber >= confirmations) await book.apply(tracked, "finalised");
      return true;
    }
    log.warn(
      { nonce: tracked.transaction.nonce, transaction: tracked.transaction.key, block: inclusion.blockNumber },
      "a block with our transaction is gone",
    );
    await book.apply(tracked, "reorganised", { inclusion: null });
    return false;
  }

  async #stillReplaced(tracked: Tracked, head: Head, nonce: number): Promise<boolean> {
    const { book, confirmations } = this.#context;
    tracked.replacedAt ??= head.number;
    if (tracked.transaction.nonce >= nonce) {
      tracked.replacedAt = undefined;
      await book.apply(tracked, "reorganised");
      return false;
    }
    if (head.number - tracked.replacedAt < confirmations) return false;
    await book.apply(tracked, "finalised");
    return true;
  }

  async #findReceipt(
    tracked: Tracked,
    head: Head,
    blockAt: (number: number) => Promise<Head | undefined>,
  ): Promise<void> {
    const { chain, book, confirmations } = this.#context;
    const receipts = await Promise.all(
      tracked.transaction.attempts.map(async (attempt) => ({ attempt, receipt: await chain.receipt(attempt.hash) })),
    );
    const found = receipts.find(({ receipt }) => receipt !== undefined);
    if (found?.receipt !== undefined) {
      const block = await blockAt(found.receipt.blockNumber);
      if (block?.hash !== found.receipt.blockHash) return;
      tracked.headsWithoutReceipt = 0;
      const inclusion: Inclusion = { ...found.receipt, blockTimestamp: block.timestamp };
      await book.apply(tracked, found.attempt.kind === "call" ? "included" : "cancelled", { inclusion });
      if (head.number - inclusion.blockNumber >= confirmations) await book.apply(tracked, "finalised");
      return;
    }
    tracked.headsWithoutReceipt++;
    if (tracked.headsWithoutReceipt < HEADS_UNTIL_REPLACED || tracked.transaction.state === "replaced") return;
    tracked.replacedAt = head.number;
    const failure = {
      code: "transaction/nonce-too-low",
      message: `nonce ${tracked.transaction.nonce} was used by a transaction that is not in this ledger`,
    } as const;
    await book.apply(tracked, "replaced", { failure });
  }

  /** Not in a block yet: sends again what was lost, raises fees, gives up after notAfter. */
  async #push(tracked: Tracked, head: Head): Promise<void> {
    const { clock, blockInterval, chain } = this.#context;
    const { state, request, nonce } = tracked.transaction;
    tracked.headsWithoutReceipt = 0;
    if (state !== "in-doubt" && state !== "sent") return;
    tracked.headsWaited++;
    const attempt = lastAttempt(tracked.transaction);
    const left = request.notAfter - clock.utcNow();
    if (left < 0n && attempt.kind === "call")
      return replaceByNoop(
        this.#context,
        tracked,
        new ChronoError("transaction/expired", { nonce, notAfter: String(request.notAfter) }),
      );
    const tooEarly =
      attempt.kind === "call" &&
      head.timestamp + BigInt(Math.floor(blockInterval())) < (request.earliestBlockTimestamp ?? 0n);
    if (tooEarly) return;
    if (
      state === "in-doubt" ||
      (tracked.headsWaited % HEADS_BETWEEN_POOL_CHECKS === 0 && !(await chain.knows(attempt.hash)))
    )
      return this.#again(tracked);
    const blocksLeft = Number(left > 0n ? left / NS_PER_S : 0n) / Math.max(blockInterval(), 0.001);
    const fees = nextFees({
      current: feesOf(attempt),
      baseFee: head.baseFeePerGas,
      headsWaited: tracked.headsWaited,
      blocksLeft: Math.floor(blocksLeft),
      cap: capOf(this.#context, tracked.transaction, attempt.kind),
    });
    if (fees !== undefined) await replace(this.#context, tracked, attempt.kind, fees);
  }

  async #again(tracked: Tracked): Promise<void> {
    try {
      await broadcast(this.#context, tracked);
    } catch (error) {
      if (!isChronoError(error)) throw error;
      this.#context.log.warn(
        { code: error.code, nonce: tracked.transaction.nonce, transaction: tracked.transaction.key },
        "sending again failed",
      );
    }
  }
}
