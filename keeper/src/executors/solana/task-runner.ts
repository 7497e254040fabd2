import { isChronoError, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import { canHappen, type RunEvent } from "../../planner/run-machine.ts";
import type { ChainPort } from "./chain-port.ts";
import type { ChainTime } from "./chain-time.ts";
import { type Decision, decide, type Moment, type TaskPolicy } from "./decide.ts";
import type { RunAligner } from "./run-aligner.ts";
import type { RunHistory, TaskRunPatch } from "./run-history.ts";
import type { Landed, SenderPort } from "./sender-port.ts";
import { isOpen, type TaskRun } from "./task-run.ts";
import type { TaskWindow } from "./task-window.ts";
import type { Shot, TrackedTask } from "./tracked-task.ts";

/** Asked for while nothing is known of a task: too early, its simulation is refused before its instructions. */
const UNKNOWN_UNITS = 300_000;
const MARGIN_PERCENT = 20;
const UNITS_MOST = 1_400_000;
const LAMPORTS_PER_SIGNATURE = 5_000n;
const MICRO = 1_000_000n;
/** Transactions of one run under way that may have come too early. */
const SHOTS_MOST = 4;
/** A demand that was lost is made again after this long. */
const DEMAND_AGAIN = 2n * NS_PER_S;
/** Until then the chain's clock may have moved against this machine's. */
const LOOK_AGAIN = 10n * NS_PER_S;
/** Doublings of the wait after a failure: up to 64 slots. */
const DOUBLINGS_MOST = 6;

export type RunnerPolicy = Omit<TaskPolicy, "rank" | "fee"> & {
  /** Micro-lamports per compute unit. */
  readonly minFee: bigint;
};

export type RunnerContext = {
  readonly chain: ChainPort;
  readonly sender: SenderPort;
  readonly clock: Clock;
  readonly log: Logger;
  readonly time: ChainTime;
  readonly history: RunHistory;
  readonly aligner: RunAligner;
  readonly policy: RunnerPolicy;
  readonly moment: () => Moment;
  /** Asks for attested time; undefined where nobody can be asked. */
  readonly demand: ((time: UnixNs) => Promise<void>) | undefined;
  readonly uncertainty: () => bigint;
  /** Reads its account again, and looks at it again. */
  readonly refresh: (tracked: TrackedTask) => void;
  /** It ended, or may have. */
  readonly onEnd: (tracked: TrackedTask) => void;
};

/** Takes each task one step further: called whenever time or its account may have moved. */
export class TaskRunner {
  readonly #context: RunnerContext;
  readonly #stopped = new AbortController();

  constructor(context: RunnerContext) {
    this.#context = context;
  }

  /** Nothing leaves any more, or again. */
  stop(): void {
    this.#stopped.abort();
  }

  consider(tracked: TrackedTask): void {
    const { aligner, policy, moment, history, time } = this.#context;
    const now = moment();
    const { task } = tracked;
    // Before the first slot the chain's time is not known.
    if (time.newest === undefined) return;
    if (this.#stopped.signal.aborted || task === undefined || tracked.stale || now.own < tracked.lookAt) return;
    const decision: Decision = decide(task, now, { ...policy, rank: tracked.rank, fee: this.#feeOf(tracked) });
    switch (decision.do) {
      case "leave":
        aligner.over(tracked);
        tracked.lookAt = unixNs(now.own + NS_PER_S);
        return;
      case "expire":
        aligner.over(tracked);
        if (!tracked.busy) void this.#expire(tracked);
        return;
      case "wait":
        aligner.open(tracked, decision.window);
        tracked.lookAt = earlier(decision.until, unixNs(now.own + LOOK_AGAIN));
        return;
      case "skip":
        history.note(aligner.open(tracked, decision.window), { reason: decision.reason });
        tracked.lookAt = decision.until;
        return;
      default:
        this.#press(tracked, aligner.open(tracked, decision.window), decision, now);
    }
  }

  /** Its moment is near or there. */
  #press(
    tracked: TrackedTask,
    run: TaskRun,
    { window, do: what }: Extract<Decision, { do: "prepare" | "fire" }>,
    now: Moment,
  ): void {
    const attested = run.clock === "attested";
    const early = (attested ? (now.attested ?? 0n) : now.seen) < window.notBefore;
    if (attested && early) this.#demand(tracked, window.notBefore);
    const newest = this.#context.time.newest?.slot ?? 0;
    const shots = tracked.shotsOf(window.number);
    for (const shot of shots) if (early && !attested && newest > shot.sinceSlot) shot.early = true;
    if (tracked.armed?.number !== window.number || tracked.armed.notBefore !== window.notBefore)
      tracked.armed = undefined;
    if (tracked.busy || shots.length >= SHOTS_MOST) return;
    const free = shots.every((shot) => shot.early);
    if (what === "fire" && free && tracked.armed !== undefined) this.#shoot(tracked, run, newest);
    // One in reserve for the slot after, if the next turns out to be too early.
    else if (tracked.armed === undefined && (free || early)) void this.#prepare(tracked, window, early);
  }

  #demand(tracked: TrackedTask, time: UnixNs): void {
    const { demand, clock, log } = this.#context;
    const now = clock.utcNow();
    if (demand === undefined || now - tracked.demandedAt < DEMAND_AGAIN) return;
    tracked.demandedAt = now;
    demand(time).catch((error: unknown) =>
      log.warn({ task: tracked.address, code: codeOf(error) }, "the relayer could not be asked for attested time"),
    );
  }

  async #prepare(tracked: TrackedTask, window: TaskWindow, early: boolean): Promise<void> {
    const { task } = tracked;
    if (task === undefined) return;
    const { chain, sender } = this.#context;
    const name = { address: tracked.address, number: window.number };
    this.#advance(name, ["arm"]);
    tracked.busy = true;
    try {
      tracked.tables ??= await chain.tablesOf(task);
      const order = {
        instructions: await chain.runInstructions(task),
        tables: tracked.tables,
        notAfter: this.#ownTime(task.clock, window.notAfter),
        urgency: tracked.failed?.number === window.number ? 1 : 0.5,
      };
      const blind = { ...order, computeUnits: this.#unitsOf(tracked) };
      const prepared = await (early
        ? sender.prepare(blind)
        : sender.prepare(order).catch((error: unknown) => {
            // The node that simulated is behind the one that told of the slot.
            if (refusalOf(error) === "TooEarly") return sender.prepare(blind);
            throw error;
          }));
      tracked.armed = { number: window.number, notBefore: window.notBefore, prepared };
      this.#advance(name, ["sign"]);
    } catch (error) {
      this.#failed(tracked, window.number, error, "a run could not be made ready");
    } finally {
      tracked.busy = false;
    }
    this.consider(tracked);
  }

  #shoot(tracked: TrackedTask, run: TaskRun, sinceSlot: number): void {
    const { sender, clock, uncertainty } = this.#context;
    const { armed } = tracked;
    if (armed === undefined) return;
    const shot: Shot = { number: run.number, sinceSlot, early: false };
    tracked.armed = undefined;
    tracked.shots.add(shot);
    const landing = sender.fire(armed.prepared, { signal: this.#stopped.signal });
    this.#advance(run, ["arm", "sign", "accept"], { sentAt: clock.utcNow(), clockUncertainty: uncertainty() });
    landing
      .then(
        (landed) => this.#landed(tracked, shot, landed),
        (error: unknown) => {
          tracked.shots.delete(shot);
          this.#failed(tracked, shot.number, error, "nobody knows whether a run's transaction got in");
        },
      )
      .finally(() => this.consider(tracked));
  }

  #landed(tracked: TrackedTask, shot: Shot, landed: Landed): void {
    const { history, aligner, refresh, onEnd, log } = this.#context;
    tracked.shots.delete(shot);
    tracked.mustSee = Math.max(tracked.mustSee, landed.slot);
    const run = history.get(tracked.address, shot.number);
    if (landed.error === null) {
      tracked.units = landed.units ?? tracked.units;
      tracked.failed = undefined;
      if (run !== undefined && canHappen(run.state, "include"))
        aligner.included(run, { transaction: landed.signature, slot: landed.slot, mine: true });
      onEnd(tracked);
    } else if (run !== undefined && isOpen(run)) {
      log.info({ task: run.address, run: run.number, error: landed.error }, "a run's transaction failed");
      if (tracked.shotsOf(shot.number).length === 0) {
        this.#advance(run, ["revert"], { reason: landed.error });
        this.#advance(run, ["defer"]);
      }
      if (landed.error !== "TooEarly") this.#holdBack(tracked, shot.number);
    }
    refresh(tracked);
  }

  #failed(tracked: TrackedTask, number: number, error: unknown, what: string): void {
    if (this.#stopped.signal.aborted) return;
    const { history, log, refresh, time } = this.#context;
    const run = history.get(tracked.address, number);
    const reason = refusalOf(error) ?? codeOf(error) ?? "unexpected";
    log.warn({ task: tracked.address, run: number, reason, err: error }, what);
    if (run !== undefined && isOpen(run) && tracked.shotsOf(number).length === 0) {
      if (codeOf(error) === "rpc/unavailable" && canHappen(run.state, "doubt"))
        this.#advance(run, ["doubt"], { reason });
      this.#advance(run, ["defer"], { reason });
    }
    this.#holdBack(tracked, number);
    // Somebody else may have run it, or closed it.
    tracked.mustSee = Math.max(tracked.mustSee, time.newest?.slot ?? 0);
    refresh(tracked);
  }

  #holdBack(tracked: TrackedTask, number: number): void {
    const times = tracked.failed?.number === number ? tracked.failed.times + 1 : 1;
    tracked.failed = { number, times };
    const wait = this.#context.time.interval << BigInt(Math.min(times - 1, DOUBLINGS_MOST));
    tracked.lookAt = unixNs(this.#context.clock.utcNow() + wait);
  }

  async #expire(tracked: TrackedTask): Promise<void> {
    const { task } = tracked;
    if (task === undefined) return;
    const { chain, sender, clock, refresh, onEnd } = this.#context;
    tracked.busy = true;
    try {
      const prepared = await sender.prepare({
        instructions: await chain.expireInstructions(task),
        notAfter: unixNs(clock.utcNow() + 60n * NS_PER_S),
        urgency: 0,
      });
      const { slot } = await sender.fire(prepared, { signal: this.#stopped.signal });
      tracked.mustSee = Math.max(tracked.mustSee, slot);
      onEnd(tracked);
      refresh(tracked);
    } catch (error) {
      this.#failed(tracked, task.count, error, "a task could not be expired");
    } finally {
      tracked.busy = false;
    }
  }

  /** As far as the run's state allows. */
  #advance(name: Pick<TaskRun, "address" | "number">, events: readonly RunEvent[], patch: TaskRunPatch = {}): void {
    const { history } = this.#context;
    for (const event of events) {
      const run = history.get(name.address, name.number);
      if (run !== undefined && canHappen(run.state, event)) history.apply(run, event, patch);
    }
  }

  #unitsOf({ units }: TrackedTask): number {
    const most = units === undefined ? UNKNOWN_UNITS : Math.ceil((units * (100 + MARGIN_PERCENT)) / 100);
    return Math.min(most, UNITS_MOST);
  }

  #feeOf(tracked: TrackedTask): bigint {
    return LAMPORTS_PER_SIGNATURE + (BigInt(this.#unitsOf(tracked)) * this.#context.policy.minFee) / MICRO;
  }

  #ownTime(clock: "chain" | "attested", time: UnixNs): UnixNs {
    const shifted = clock === "chain" ? time - this.#context.time.skew : time;
    return unixNs(shifted < 0n ? 0n : shifted);
  }
}

const earlier = (a: UnixNs, b: UnixNs): UnixNs => {
  if (a < b) return a;
  return b;
};

const codeOf = (error: unknown): string | undefined => (isChronoError(error) ? error.code : undefined);

/** The program's name for why a simulation was refused. */
const refusalOf = (error: unknown): string | undefined =>
  isChronoError(error) && error.code === "transaction/reverted" ? String(error.details.error) : undefined;
