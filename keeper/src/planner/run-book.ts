import type { UnixNs } from "@chronoledger/core";
import type { Logger } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import type { RunStore } from "../store/run-store.ts";
import { keyOf, type Run, type RunName } from "./run.ts";
import { isPending, nextRunState, type RunEvent, type RunState } from "./run-machine.ts";
import { withStep } from "./timeline.ts";

export type RunPatch = Partial<
  Pick<
    Run,
    | "outcome"
    | "reason"
    | "mine"
    | "attempt"
    | "postponedUntil"
    | "transactionId"
    | "transaction"
    | "end"
    | "firstEligible"
    | "sentAt"
    | "acceptedAt"
    | "clockUncertainty"
    | "settled"
  >
>;
export type RunListener = (run: Run, before: RunState) => void;

const RETRY_MS = 500;

/**
 * Runs under way, in memory, and written behind: changes made in one turn of the event loop go to the database in one statement. What a
 * crash loses of it is found again in the ledger of transactions and on the chain.
 */
export class RunBook {
  readonly #store: RunStore;
  readonly #log: Logger;
  readonly #now: () => UnixNs;
  readonly #runs = new Map<string, Run>();
  /** Keys of the runs in memory. */
  readonly #bySchedule = new Map<Hex, Set<string>>();
  readonly #dirty = new Set<Run>();
  readonly #byTransaction = new Map<string, string>();
  readonly #listeners = new Set<RunListener>();
  #flushing: Promise<void> | undefined;

  constructor(store: RunStore, now: () => UnixNs, log: Logger) {
    this.#store = store;
    this.#now = now;
    this.#log = log;
  }

  get(name: RunName): Run | undefined {
    return this.#runs.get(keyOf(name));
  }

  /** From memory or the database. */
  async load(name: RunName): Promise<Run | undefined> {
    return this.get(name) ?? this.#fromStore(await this.#store.find(name));
  }

  /** Those runs of a schedule that may still change, and the newest, in no order. */
  async ofSchedule(id: Hex): Promise<Run[]> {
    const stored = await this.#store.open(id);
    const found = new Map(stored.map((run) => [keyOf(run), this.#fromStore(run) ?? run]));
    for (const key of this.#bySchedule.get(id) ?? []) found.set(key, this.#runs.get(key) as Run);
    return [...found.values()];
  }

  async byTransaction(transactionId: string): Promise<Run | undefined> {
    const key = this.#byTransaction.get(transactionId);
    const known = key === undefined ? undefined : this.#runs.get(key);
    const run = known ?? this.#fromStore(await this.#store.byTransaction(transactionId));
    return run?.transactionId === transactionId ? run : undefined;
  }

  /** Another caller may have loaded and changed it while the database was asked. */
  #fromStore(stored: Run | undefined): Run | undefined {
    if (stored === undefined) return undefined;
    const raced = this.get(stored);
    if (raced === undefined && !stored.settled) this.#keep(stored);
    return raced ?? stored;
  }

  /** In memory and not ended. */
  active(): Run[] {
    return [...this.#runs.values()];
  }

  add(run: Run): void {
    this.#keep(run);
    this.#mark(run);
  }

  /** @throws internal/unexpected when the event cannot happen in the run's state. */
  apply(run: Run, event: RunEvent, patch: RunPatch = {}): Run {
    const current = this.#current(run);
    const state = nextRunState(current.state, event);
    const next: Run = {
      ...current,
      ...patch,
      state,
      timeline: state === current.state ? current.timeline : withStep(current.timeline, state, this.#now()),
    };
    this.#replace(current, next);
    if (state !== current.state) for (const listener of this.#listeners) listener(next, current.state);
    return next;
  }

  /** Changes what is known of a run but not its state. */
  note(run: Run, patch: RunPatch, step?: { name: string; time: UnixNs }): Run {
    const current = this.#current(run);
    const next: Run = {
      ...current,
      ...patch,
      timeline: step === undefined ? current.timeline : withStep(current.timeline, step.name, step.time),
    };
    this.#replace(current, next);
    return next;
  }

  onChange(listener: RunListener): void {
    this.#listeners.add(listener);
  }

  /** Resolves when everything until now is in the database. */
  async flush(): Promise<void> {
    while (this.#dirty.size > 0 || this.#flushing !== undefined) await (this.#flushing ?? this.#startFlush());
  }

  #current(run: Run): Run {
    return this.get(run) ?? run;
  }

  #replace(before: Run, next: Run): void {
    this.#dirty.delete(before);
    this.#keep(next);
    this.#mark(next);
  }

  #keep(run: Run): void {
    const key = keyOf(run);
    this.#runs.set(key, run);
    const keys = this.#bySchedule.get(run.id);
    if (keys === undefined) this.#bySchedule.set(run.id, new Set([key]));
    else keys.add(key);
    if (run.transactionId !== null) this.#byTransaction.set(run.transactionId, key);
  }

  #mark(run: Run): void {
    this.#dirty.add(run);
    this.#flushing ??= this.#startFlush();
  }

  #startFlush(): Promise<void> {
    const flushing = this.#flushLoop().finally(() => {
      this.#flushing = undefined;
      if (this.#dirty.size > 0) void this.#startFlush();
    });
    this.#flushing = flushing;
    return flushing;
  }

  async #flushLoop(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#dirty.size > 0) {
      const batch = [...this.#dirty];
      this.#dirty.clear();
      try {
        await this.#store.save(batch);
      } catch (error) {
        this.#log.warn({ err: error }, "writing runs failed; it is tried again");
        for (const run of batch) if (this.get(run) === run) this.#dirty.add(run);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      for (const run of batch) this.#forget(run);
    }
  }

  /** What waits for a far deadline, or is over, need not stay in memory. */
  #forget(run: Run): void {
    if (this.get(run) !== run) return;
    if (!run.settled && isPending(run.state) && run.state !== "planned") return;
    const key = keyOf(run);
    this.#runs.delete(key);
    const keys = this.#bySchedule.get(run.id);
    keys?.delete(key);
    if (keys?.size === 0) this.#bySchedule.delete(run.id);
    if (run.transactionId !== null) this.#byTransaction.delete(run.transactionId);
  }
}
