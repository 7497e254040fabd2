import { ChronoError } from "@chronoledger/core";
import { computeBudgetOf } from "./compute-budget.ts";
import type { ParsedTransaction } from "./parse-transaction.ts";

const MAX_PENDING = 10_000;
/** A block takes at most so many. */
const MAX_IN_BLOCK = 1_000;

type Waiting = { readonly transaction: ParsedTransaction; readonly dueSlot: number; readonly unitPrice: bigint };

/** Transactions that wait for a block: the dearest compute unit goes first, among equals the one that came first. */
export class Pending {
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Nothing happens when it waits already. @throws rate/limited */
  add(transaction: ParsedTransaction, dueSlot: number): void {
    if (this.#waiting.has(transaction.signature)) return;
    if (this.#waiting.size >= MAX_PENDING) throw new ChronoError("rate/limited", { limit: MAX_PENDING });
    const { unitPrice } = computeBudgetOf(transaction.message);
    this.#waiting.set(transaction.signature, { transaction, dueSlot, unitPrice });
  }

  /** Takes out what the block of that slot executes. */
  take(slot: number): ParsedTransaction[] {
    const due = [...this.#waiting.values()]
      .filter(({ dueSlot }) => dueSlot <= slot)
      .sort((a, b) => (a.unitPrice === b.unitPrice ? 0 : a.unitPrice < b.unitPrice ? 1 : -1))
      .slice(0, MAX_IN_BLOCK);
    for (const { transaction } of due) this.#waiting.delete(transaction.signature);
    return due.map(({ transaction }) => transaction);
  }
}
