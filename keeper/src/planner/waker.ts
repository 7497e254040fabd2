import { isChronoError, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { Hex } from "@chronoledger/txm";
import type { KeeperContext } from "../context.ts";
import { callOf } from "../executors/evm/run-call.ts";
import { type Simulation, simulateExecute } from "../executors/evm/simulate.ts";
import type { AttestedRuns } from "./attested-runs.ts";
import { judge, type Roster, rankOf } from "./policy.ts";
import { eligibleSecondOf, isAttested, notAfterOf, notBeforeOf, type Run } from "./run.ts";

const RETRY_LEAST = NS_PER_S;
const RETRY_MOST = 60n * NS_PER_S;

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export type WakerContext = KeeperContext & {
  readonly roster: Roster;
  readonly attested: AttestedRuns;
  /** Takes an armed run on the block clock. */
  readonly arm: (run: Run) => void;
};

/** Decides, when a run is woken, whether and how it goes on. Waking twice, too early or too late is harmless. */
export class Waker {
  readonly #context: WakerContext;
  readonly #busy = new Set<Hex>();

  constructor(context: WakerContext) {
    this.#context = context;
  }

  async wake(id: Hex, generation: number): Promise<void> {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      await this.#wake(id, generation);
    } finally {
      this.#busy.delete(id);
    }
  }

  async #wake(id: Hex, generation: number): Promise<void> {
    const { book, clock, attested, roster, prices, policy } = this.#context;
    const run = await book.load(id);
    if (run === undefined || !this.#canGoOn(run, generation)) return;
    if (clock.utcNow() > notAfterOf(run)) return;
    if (rankOf(id, roster) > 0 && !this.#othersHadTheirTurn(run)) return;
    const verdict = judge(run, prices(), policy);
    if (!verdict.run) {
      book.note(run, { reason: verdict.reason, postponedUntil: verdict.later ? this.#later(run) : notAfterOf(run) });
      return;
    }
    if (isAttested(run)) return attested.await(run);
    const refusal = await this.#refusal(run);
    const current = await book.load(id);
    if (current === undefined || !this.#canGoOn(current, generation)) return;
    if (refusal !== undefined) {
      book.note(current, { reason: refusal, postponedUntil: this.#later(current) });
      return;
    }
    const woken = book.note(current, { reason: null }, { name: "woken", time: clock.utcNow() });
    this.#context.arm(book.apply(woken, "arm"));
  }

  #canGoOn(run: Run, generation: number): boolean {
    return run.generation === generation && run.state === "planned" && !run.settled;
  }

  /** The longer it is due, the rarer: many runs that cannot go on must not crowd out the others. */
  #later(run: Run): UnixNs {
    const now = this.#context.clock.utcNow();
    const overdue = now > notBeforeOf(run) ? now - notBeforeOf(run) : 0n;
    return unixNs(now + lesser(RETRY_MOST, RETRY_LEAST + overdue / 4n));
  }

  /** A stand-in acts only when a block was sealed in which the first keeper's transaction could have been. */
  #othersHadTheirTurn(run: Run): boolean {
    const head = this.#context.head();
    return head !== undefined && (isAttested(run) || head.timestamp >= eligibleSecondOf(run));
  }

  /** Undefined: go on. An unreachable node does not stop a run: the simulation saves gas, it is not a condition. */
  async #refusal(run: Run): Promise<string | undefined> {
    const { chain, log, head } = this.#context;
    const seen = head();
    const eligible = eligibleSecondOf(run);
    const at = seen !== undefined && seen.timestamp > eligible ? seen.timestamp : eligible;
    let simulation: Simulation;
    try {
      simulation = await simulateExecute(chain, callOf(this.#context, run), at);
    } catch (error) {
      if (!isChronoError(error)) throw error;
      log.warn({ run: run.id, code: error.code }, "a run could not be simulated; it goes on");
      return undefined;
    }
    if (simulation.ok) return undefined;
    // A node that cannot pretend a block time answers for now, which is before the deadline.
    if (simulation.reason.name === "ScheduleTooEarly" || simulation.reason.name === "node") return undefined;
    return `simulation: ${simulation.reason.text}`;
  }
}
