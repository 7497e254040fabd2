import type { Logger } from "@chronoledger/service";
import type { AttestedSeen, ChainPort } from "./chain-port.ts";
import { isFirstEligible } from "./first-eligible.ts";
import type { RunAligner } from "./run-aligner.ts";
import type { RunHistory } from "./run-history.ts";
import type { TrackedTask } from "./tracked-task.ts";

/** Certified instants of which the slot is remembered. */
const INSTANTS_KEPT = 512;
/** Slots in which it is asked how a run ended; a node that has not the answer by then has forgotten it. */
const QUESTIONS_MOST = 150;

type Context = {
  readonly chain: ChainPort;
  readonly log: Logger;
  readonly history: RunHistory;
  readonly aligner: RunAligner;
  /** Of this keeper, base58. */
  readonly account: string;
};

/** What became of runs: who ran them, in which block, and whether that is final. */
export class EndKeeper {
  readonly #context: Context;
  #instants: AttestedSeen[] = [];
  /** Tasks with ends that are not final. */
  readonly #unsettled = new Set<TrackedTask>();
  #busy = false;

  constructor(context: Context) {
    this.#context = context;
  }

  attested(seen: AttestedSeen): void {
    // A fork may take instants back.
    this.#instants = [...this.#instants.filter(({ time, slot }) => time < seen.time && slot < seen.slot), seen].slice(
      -INSTANTS_KEPT,
    );
  }

  watch(tracked: TrackedTask): void {
    this.#unsettled.add(tracked);
  }

  /** To be read again: a fork may have taken an end away. */
  get unsettled(): readonly TrackedTask[] {
    return [...this.#unsettled];
  }

  /** With every slot. */
  async look(): Promise<void> {
    if (this.#busy || this.#unsettled.size === 0) return;
    this.#busy = true;
    try {
      const finalized = await this.#context.chain.finalizedSlot();
      for (const tracked of this.#unsettled) {
        await this.#explain(tracked);
        await this.#place(tracked);
        this.#context.aligner.settle(tracked, finalized);
        if (this.#isDone(tracked)) this.#unsettled.delete(tracked);
      }
    } catch (error) {
      this.#context.log.warn({ err: error }, "how runs ended could not be asked; the next slot asks again");
    } finally {
      this.#busy = false;
    }
  }

  async #explain(tracked: TrackedTask): Promise<void> {
    const { aligner, chain, account, history } = this.#context;
    // What is ours under way tells by itself.
    if (tracked.shots.size > 0 || aligner.ended(tracked).length === 0) return;
    aligner.explain(tracked, await chain.eventsOf(tracked.address), account);
    const unexplained = aligner.ended(tracked);
    tracked.unanswered = unexplained.length === 0 ? 0 : tracked.unanswered + 1;
    if (tracked.unanswered <= QUESTIONS_MOST) return;
    for (const run of unexplained) history.apply(run, "cancel", { reason: "how it ended is not known", settled: true });
    tracked.unanswered = 0;
  }

  /** Finds the time of the blocks. */
  async #place(tracked: TrackedTask): Promise<void> {
    const { chain, history } = this.#context;
    for (const run of history.of(tracked.address)) {
      if (run.end === null || run.end.unixSeconds !== null || run.outcome !== "executed") continue;
      const times = await chain.blockTimes(run.end.slot);
      const current = history.get(run.address, run.number);
      if (times === undefined || current?.end?.slot !== run.end.slot) continue;
      history.note(current, {
        end: { slot: run.end.slot, unixSeconds: times.unixSeconds },
        firstEligible: isFirstEligible(run, times, this.#reachedSlot(run.notBefore)),
      });
    }
  }

  #reachedSlot(time: bigint): number | undefined {
    const [first] = this.#instants;
    // Without one before it, it may have been reached earlier.
    if (first === undefined || first.time >= time) return undefined;
    return this.#instants.find((seen) => seen.time >= time)?.slot;
  }

  #isDone(tracked: TrackedTask): boolean {
    const { history, aligner } = this.#context;
    const ended = history.of(tracked.address).filter(({ end }) => end !== null);
    return ended.every(({ settled }) => settled) && aligner.ended(tracked).length === 0 && !tracked.stale;
  }
}
