import { ChronoError } from "@chronoledger/core";
import type { Ledger } from "./ledger.ts";
import { nextState, type TransactionEvent } from "./state-machine.ts";
import type { Attempt, Hex, LogPort, Transaction, TransactionState } from "./types.ts";

/** What the manager knows of an open transaction beyond what is stored. */
export type Tracked = {
  transaction: Transaction;
  /** What the database has. */
  stored: TransactionState;
  /** Heads since the newest attempt was sent. */
  headsWaited: number;
  /** Heads in a row at which the nonce was used and none of our hashes had a receipt. */
  headsWithoutReceipt: number;
  /** Block at which the nonce was seen to be used by somebody else. */
  replacedAt: number | undefined;
};

export type Patch = {
  readonly attempts?: readonly Attempt[];
  readonly inclusion?: Transaction["inclusion"] | null;
  readonly failure?: Transaction["failure"];
};
export type ChangeListener = (transaction: Transaction, before: TransactionState) => void;

/** Open transactions in memory, written through to the ledger one change after another, and announced once they are stored. */
export class Book {
  readonly #ledger: Ledger;
  readonly #log: LogPort;
  readonly #tracked = new Map<string, Tracked>();
  readonly #idByKey = new Map<string, string>();
  readonly #listeners = new Set<ChangeListener>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(ledger: Ledger, log: LogPort) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** Runs after everything that was asked for before: the order of calls is the order of nonces and of writes. */
  inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#tail.then(work, work);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  track(transaction: Transaction): Tracked {
    const tracked: Tracked = {
      transaction,
      stored: transaction.state,
      headsWaited: 0,
      headsWithoutReceipt: 0,
      replacedAt: undefined,
    };
    this.#tracked.set(transaction.id, tracked);
    this.#idByKey.set(transaction.key, transaction.id);
    return tracked;
  }

  find(id: string): Tracked | undefined {
    return this.#tracked.get(id);
  }

  byKey(key: string): Transaction | undefined {
    const id = this.#idByKey.get(key);
    return id === undefined ? undefined : this.#tracked.get(id)?.transaction;
  }

  /** By nonce. */
  open(): Tracked[] {
    return [...this.#tracked.values()]
      .filter(({ transaction }) => !transaction.settled)
      .sort((a, b) => a.transaction.nonce - b.transaction.nonce);
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @throws internal/unexpected when the event cannot happen now; database/unavailable: memory is then ahead, and the next change or head writes it. */
  async apply(tracked: Tracked, event: TransactionEvent, patch: Patch = {}): Promise<void> {
    const before = tracked.transaction.state;
    const state = nextState(before, event);
    const { inclusion, ...rest } = tracked.transaction;
    const included = patch.inclusion === null ? undefined : (patch.inclusion ?? inclusion);
    tracked.transaction = {
      ...rest,
      ...(included === undefined ? {} : { inclusion: included }),
      ...(patch.attempts === undefined ? {} : { attempts: patch.attempts }),
      ...(patch.failure === undefined ? {} : { failure: patch.failure }),
      state,
      settled:
        state === "final" ||
        state === "rejected" ||
        (event === "finalised" && (state === "cancelled" || state === "replaced")),
    };
    const now = tracked.transaction;
    await this.flush(tracked);
    this.#announce(now, before);
  }

  /** Writes what is in memory. */
  flush(tracked: Tracked): Promise<void> {
    return this.inOrder(async () => {
      const { transaction } = tracked;
      await this.#ledger.update(transaction, tracked.stored);
      tracked.stored = transaction.state;
      if (transaction.settled) this.#forget(transaction);
    });
  }

  /** Settled transactions are in the database; memory keeps only what can still change. */
  #forget(transaction: Transaction): void {
    this.#tracked.delete(transaction.id);
    if (this.#idByKey.get(transaction.key) === transaction.id) this.#idByKey.delete(transaction.key);
  }

  #announce(transaction: Transaction, before: TransactionState): void {
    for (const listener of this.#listeners)
      try {
        listener(transaction, before);
      } catch (error) {
        this.#log.warn({ err: error, transaction: transaction.id }, "a listener of transactions failed");
      }
  }
}

export const lastAttempt = (transaction: Transaction): Attempt => {
  const attempt = transaction.attempts.at(-1);
  if (attempt === undefined)
    throw new ChronoError("internal/unexpected", { what: "a transaction without attempts", id: transaction.id });
  return attempt;
};

export const withAcknowledged = (transaction: Transaction, hash: Hex): readonly Attempt[] =>
  transaction.attempts.map((attempt) => (attempt.hash === hash ? { ...attempt, acknowledged: true } : attempt));
