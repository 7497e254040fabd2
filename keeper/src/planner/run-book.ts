import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { Logger } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import type { RunStore } from "../store/run-store.ts";
import { addStep, type Run } from "./run.ts";
import { isPending, nextRunState, type RunEvent, type RunState } from "./run-machine.ts";

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
  readonly #runs = new Map<Hex, Run>();
  readonly #dirty = new Set<Run>();
  readonly #byTransaction = new Map<string, Hex>();
  readonly #listeners = new Set<RunListener>();
  #flushing: Promise<void> | undefined;

  constructor(store: RunStore, now: () => UnixNs, log: Logger) {
    this.#store = store;
    this.#now = now;
    this.#log = log;
  }

  get(id: Hex): Run | undefined {
    return this.#runs.get(id);
  }

  /** The newest run of a schedule, from memory or the database. */
  async load(id: Hex): Promise<Run | undefined> {
    const known = this.#runs.get(id);
    if (known !== undefined) return known;
    const stored = await this.#store.latest(id);
    // Another caller may have loaded and changed it meanwhile.
    const raced = this.#runs.get(id);
    if (raced !== undefined || stored === undefined) return raced ?? stored;
    if (!stored.settled) this.#keep(stored);
    return stored;
  }

  async byTransaction(transactionId: string): Promise<Run | undefined> {
    const id = this.#byTransaction.get(transactionId) ?? (await this.#store.byTransaction(transactionId))?.id;
    const run = id === undefined ? undefined : await this.load(id);
    return run?.transactionId === transactionId ? run : undefined;
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
      timeline: state === current.state ? current.timeline : addStep(current, state, this.#now()),
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
      timeline: step === undefined ? current.timeline : addStep(current, step.name, step.time),
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
    const current = this.#runs.get(run.id) ?? run;
    if (current.generation !== run.generation)
      throw new ChronoError("internal/unexpected", { what: "a run of an ended generation", id: run.id });
    return current;
  }

  #replace(before: Run, next: Run): void {
    this.#dirty.delete(before);
    this.#keep(next);
    this.#mark(next);
  }

  #keep(run: Run): void {
    this.#runs.set(run.id, run);
    if (run.transactionId !== null) this.#byTransaction.set(run.transactionId, run.id);
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
        for (const run of batch) if (this.#runs.get(run.id) === run) this.#dirty.add(run);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      for (const run of batch) this.#forget(run);
    }
  }

  /** What waits for a far deadline, or is over, need not stay in memory. */
  #forget(run: Run): void {
    if (this.#runs.get(run.id) !== run) return;
    if (!run.settled && isPending(run.state) && run.state !== "planned") return;
    this.#runs.delete(run.id);
    if (run.transactionId !== null) this.#byTransaction.delete(run.transactionId);
  }
}
