import { isChronoError, NS_PER_S, unixNs } from "@chronoledger/core";
import type { Hex, Transaction, TransactionState } from "@chronoledger/txm";
import type { KeeperContext } from "../context.ts";
import { refusalOf } from "../executors/evm/run-call.ts";
import type { Run } from "./run.ts";
import { canHappen } from "./run-machine.ts";

/** After so many own transactions that were included and did not execute it, a run is left alone until it expires. */
const REVERTS_MOST = 5;
/** The same where the target reverted and its owner wants it tried again: attempts that cost the keeper and are not paid. */
const ATTEMPTS_MOST = 32;
const PAUSE_MOST = 60n * NS_PER_S;

/** Makes runs agree with what became of our transactions. Doing it again changes nothing. */
export class RunTransactions {
  readonly #context: KeeperContext;

  constructor(context: KeeperContext) {
    this.#context = context;
  }

  /** Whether a transaction on the chain is the one that is under way for the run. */
  isOf(run: Run, hash: Hex): boolean {
    if (run.transactionId === null) return false;
    const transaction = this.#context.txm.get(run.transactionId);
    return run.transaction === hash || transaction?.attempts.some((attempt) => attempt.hash === hash) === true;
  }

  /** After one of our transactions changed its state. */
  async changed(transaction: Transaction, before: TransactionState): Promise<void> {
    const { book } = this.#context;
    const run = await book.byTransaction(transaction.id);
    if (run === undefined || run.settled || transaction.state === before) return;
    switch (transaction.state) {
      case "sent":
        if (run.state !== "sent" && canHappen(run.state, "accept")) book.apply(run, "accept");
        return;
      case "in-doubt":
        if (run.state !== "in-doubt" && canHappen(run.state, "doubt")) book.apply(run, "doubt");
        return;
      case "included":
        if (transaction.inclusion?.success === false) await this.#reverted(run, transaction);
        return;
      case "rejected":
      case "cancelled":
        if (canHappen(run.state, "defer"))
          book.apply(run, "defer", {
            attempt: run.attempt + 1,
            transactionId: null,
            reason: transaction.failure?.message ?? run.reason,
          });
        return;
      case "replaced":
        if (canHappen(run.state, "replace"))
          this.#again(book.apply(run, "replace", { reason: transaction.failure?.message ?? null }));
        return;
      default:
        return;
    }
  }

  /** Our transaction called the target, which reverted, and the chain keeps the run open. The first pause is short, then each is twice as long. */
  attempted(run: Run, reason: string): Run {
    const { book, clock } = this.#context;
    if (!canHappen(run.state, "revert")) return run;
    const reverted = book.apply(run, "revert", { reason: `the target reverted: ${reason}` });
    if (reverted.attempt >= ATTEMPTS_MOST) return reverted;
    const pause = reverted.attempt === 0 ? 0n : (NS_PER_S / 2n) << BigInt(reverted.attempt);
    return this.#again(reverted, unixNs(clock.utcNow() + (pause < PAUSE_MOST ? pause : PAUSE_MOST)));
  }

  async #reverted(run: Run, transaction: Transaction): Promise<void> {
    const { book } = this.#context;
    if (!canHappen(run.state, "revert")) return;
    const reason = await this.#whyReverted(run, transaction);
    const current = (await book.load(run)) ?? run;
    if (!canHappen(current.state, "revert")) return;
    const reverted = book.apply(current, "revert", {
      reason: `our transaction did not execute it: ${reason}`,
      transaction: transaction.inclusion?.hash ?? current.transaction,
    });
    if (reverted.attempt < REVERTS_MOST) this.#again(reverted);
  }

  #again(run: Run, postponedUntil = run.postponedUntil): Run {
    return this.#context.book.apply(run, "defer", { attempt: run.attempt + 1, transactionId: null, postponedUntil });
  }

  async #whyReverted(run: Run, transaction: Transaction): Promise<string> {
    const timestamp = transaction.inclusion?.blockTimestamp;
    try {
      return (await refusalOf(this.#context, run, timestamp))?.text ?? `reverted in a block of ${timestamp} s`;
    } catch (error) {
      return isChronoError(error) ? error.code : String(error);
    }
  }
}
