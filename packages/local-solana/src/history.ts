import { allKeys, type LoadedKeys, type ParsedTransaction } from "./parse-transaction.ts";
import type { Outcome } from "./vm.ts";

/** What a block keeps of a transaction. */
export type TransactionRecord = Outcome & {
  readonly transaction: ParsedTransaction;
  readonly loaded: LoadedKeys;
  readonly slot: number;
  readonly height: number;
  readonly unixSeconds: bigint;
  /** Lamports. */
  readonly fee: bigint;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
};

/** Executed transactions by signature; the oldest are forgotten, but never one whose signature may still be sent again. */
export class History {
  readonly #records = new Map<string, TransactionRecord>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#records.size;
  }

  add(record: TransactionRecord): void {
    this.#records.set(record.transaction.signature, record);
  }

  get(signature: string): TransactionRecord | undefined {
    return this.#records.get(signature);
  }

  oldestFirst(): readonly TransactionRecord[] {
    return [...this.#records.values()];
  }

  mentioning(address: string): TransactionRecord[] {
    return this.oldestFirst()
      .filter(({ transaction, loaded }) => allKeys(transaction.message, loaded).includes(address))
      .reverse();
  }

  remove(signatures: Iterable<string>): void {
    for (const signature of signatures) this.#records.delete(signature);
  }

  /** @param height records of this one and above stay. */
  forgetBelow(height: number): void {
    for (const [signature, record] of this.#records) {
      if (this.#records.size <= this.#limit || record.height >= height) return;
      this.#records.delete(signature);
    }
  }
}
