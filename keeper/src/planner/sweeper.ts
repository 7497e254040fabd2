import { ChronoError, isChronoError, NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import type { WakePort } from "../queue/wake-queue.ts";
import type { RunStore } from "../store/run-store.ts";
import { keyOf, type Run, type RunName } from "./run.ts";

const EVERY_MS = 1_000;
/** Jobs are made for what is due so soon; the rest waits in the database. */
const QUEUE_HORIZON = 600n * NS_PER_S;
/** In-process timers are set for what is due so soon. */
const TIMER_HORIZON = 2n * NS_PER_S;
/** The queue is up to 1000/hz ms late; after this long a timer of our own does without it. */
const QUEUE_GRACE_MS = 110;
const QUEUE_TIMEOUT_MS = 1_000;
const BATCH = 1_000;

export type SweeperContext = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: RunStore;
  readonly queue: WakePort | undefined;
  readonly wakeAt: (run: Run) => UnixNs;
  readonly wake: (name: RunName) => Promise<void>;
};

/**
 * Derives work from the database: makes wake-up jobs for runs that come near, and wakes by itself what no job woke. Losing the queue, or all
 * that is in it, loses nothing.
 */
export class Sweeper {
  readonly #context: SweeperContext;
  readonly #queued = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #loop: NodeJS.Timeout | undefined;
  #stopped = false;
  #queueFailed = false;

  constructor(context: SweeperContext) {
    this.#context = context;
  }

  start(): void {
    const round = async () => {
      await this.sweep().catch((error: unknown) =>
        this.#context.log.warn(
          { err: error, code: isChronoError(error) ? error.code : undefined },
          "sweeping failed; it is tried again",
        ),
      );
      if (!this.#stopped) this.#loop = setTimeout(round, EVERY_MS);
    };
    void round();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#loop);
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async sweep(): Promise<void> {
    const { clock, store } = this.#context;
    const now = clock.utcNow();
    await this.look(await store.inStates(["planned"], { wakeBefore: now, limit: BATCH }));
    await this.look(await store.wakingIn(now, unixNs(now + QUEUE_HORIZON), BATCH));
  }

  /** Runs that were just planned, or found in the database. */
  async look(runs: readonly Run[]): Promise<void> {
    const { clock, wakeAt } = this.#context;
    const now = clock.utcNow();
    const near = runs.map((run) => ({ run, at: wakeAt(run) })).filter(({ at }) => at < now + QUEUE_HORIZON);
    for (const { run, at } of near) if (at < now + TIMER_HORIZON) this.#setTimer(run, at, now);
    await this.#queueJobs(
      near.filter(({ run, at }) => at > now && !this.#queued.has(keyOf(run))),
      now,
    );
  }

  /** It was woken; nothing more is to be done for it. */
  woken(run: RunName): void {
    this.#queued.delete(keyOf(run));
    clearTimeout(this.#timers.get(keyOf(run)));
    this.#timers.delete(keyOf(run));
  }

  #setTimer(run: Run, at: UnixNs, now: UnixNs): void {
    const key = keyOf(run);
    if (this.#timers.has(key) || this.#stopped) return;
    const wait =
      at > now ? Number((at - now) / NS_PER_MS) + (this.#context.queue?.connected === true ? QUEUE_GRACE_MS : 0) : 0;
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        this.#context
          .wake(run)
          .catch((error: unknown) =>
            this.#context.log.warn({ err: error, run: run.id }, "waking a run failed; the sweeper tries again"),
          );
      }, wait),
    );
  }

  async #queueJobs(jobs: readonly { run: Run; at: UnixNs }[], now: UnixNs): Promise<void> {
    const { queue, log } = this.#context;
    if (queue === undefined || !queue.connected || jobs.length === 0) return;
    try {
      await withinTime(queue.schedule(jobs, now));
      for (const { run } of jobs) this.#queued.add(keyOf(run));
      this.#queueFailed = false;
    } catch (error) {
      if (!this.#queueFailed) log.warn({ err: error }, "wake-ups could not be queued; timers of this process stand in");
      this.#queueFailed = true;
    }
  }
}

/** A Redis that hangs must not hold up the sweeper. */
async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ChronoError("queue/unavailable", { timeoutMs: QUEUE_TIMEOUT_MS })),
      QUEUE_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
