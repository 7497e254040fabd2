import { randomUUID } from "node:crypto";
import { NS_PER_MS, NS_PER_S } from "@chronoledger/core";
import { WakeableTimer } from "@chronoledger/service";
import type { GatewayContext } from "../context.ts";
import type { TargetPolicy } from "../webhooks/target-guard.ts";
import { ATTEMPT_MS, advance } from "./http-call.ts";
import { HttpLease } from "./http-lease.ts";
import type { ScheduleRow } from "./schedule-row.ts";
import type { ScheduleStore } from "./schedule-store.ts";

/** A row is claimed this much before its instant: time for its name and its connection. */
const AHEAD_NS = 2n * NS_PER_S;
/** Beyond the instant it is claimed for: longer than all that is done before the attempt is written down. */
const LEASE_NS = BigInt(ATTEMPT_MS) * NS_PER_MS + 5n * NS_PER_S;
const MAX_IN_FLIGHT = 256;
/** Another gateway may have accepted, or left behind, what this one does not know of. */
const POLL_MS = 1_000;
const STOP_MS = 3_000;

export type HttpRunnerContext = Pick<GatewayContext, "db" | "clock" | "log" | "vault" | "arrival" | "stamper"> & {
  readonly store: ScheduleStore;
  readonly policy: TargetPolicy;
};
export type RunnerOptions = {
  readonly pollMs?: number;
  /** How long a row is a gateway's own beyond its instant, ns. */
  readonly leaseNs?: bigint;
};

/** Calls addresses at their instants: at least once within the window, at most `MAX_ATTEMPTS` times, always with the same id. */
export class HttpRunner {
  readonly #context: HttpRunnerContext;
  readonly #lease: HttpLease;
  readonly #timer = new WakeableTimer();
  readonly #stopping = new AbortController();
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #pollMs: number;
  readonly #leaseNs: bigint;
  #woken = false;
  #failing = false;

  constructor(context: HttpRunnerContext, { pollMs = POLL_MS, leaseNs = LEASE_NS }: RunnerOptions = {}) {
    this.#context = context;
    this.#pollMs = pollMs;
    this.#leaseNs = leaseNs;
    this.#lease = new HttpLease(context.db, randomUUID());
  }

  wake(): void {
    this.#woken = true;
    this.#timer.wake();
  }

  /** Ends when stopped. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#woken = false;
      const sleepMs = await this.#round();
      if (!this.#woken && !signal.aborted) await this.#timer.sleep(sleepMs);
    }
    // A stamp that is asked for now may take longer than a process has to stop: the next one asks again.
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([Promise.all(this.#inFlight.values()), patience]);
    clearTimeout(timer);
    await this.#lease.release().catch((error) => this.#context.log.warn({ err: error }, "leases were not given back"));
  }

  /** Attempts under way are cut off; whoever takes them up makes them again. */
  stop(): void {
    this.#stopping.abort();
    this.#timer.wake();
  }

  /** @returns how long nothing has to be done. */
  async #round(): Promise<number> {
    const { clock, log } = this.#context;
    try {
      const now = clock.utcNow();
      const room = MAX_IN_FLIGHT - this.#inFlight.size;
      // Whichever ends wakes.
      if (room === 0) return this.#pollMs;
      const rows = await this.#lease.claim(now, now + AHEAD_NS, (by) => by + this.#leaseNs, room);
      for (const row of rows) this.#inFlight.set(row.id, this.#advance(row));
      const next = await this.#lease.nextAt(clock.utcNow());
      this.#failing = false;
      if (next === undefined) return this.#pollMs;
      const left = Number((next - AHEAD_NS - clock.utcNow()) / NS_PER_MS);
      return Math.max(1, Math.min(this.#pollMs, left));
    } catch (error) {
      if (!this.#failing) log.warn({ err: error }, "schedules cannot be read; trying again");
      this.#failing = true;
      this.#woken = false;
      return POLL_MS;
    }
  }

  async #advance(row: ScheduleRow): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await advance({ ...this.#context, lease: this.#lease, signal }, row);
    } catch (error) {
      this.#context.log.warn(
        { err: error, schedule: row.id },
        "a call was interrupted; it is taken up when its lease ends",
      );
    } finally {
      this.#inFlight.delete(row.id);
      if (!signal.aborted) this.wake();
    }
  }
}
