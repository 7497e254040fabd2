import { isChronoError, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { KeeperContext } from "../context.ts";
import type { Reason } from "../executors/evm/reason.ts";
import { mayPass, refusalOf } from "../executors/evm/run-call.ts";
import type { AttestedRuns } from "./attested-runs.ts";
import { judge, type Roster, rankOf } from "./policy.ts";
import {
  eligibleSecondOf,
  isAttested,
  keyOf,
  needsCertificate,
  notAfterOf,
  notBeforeOf,
  type Run,
  type RunName,
} from "./run.ts";

const RETRY_LEAST = NS_PER_S;
const RETRY_MOST = 60n * NS_PER_S;
/** Runs that are tried again with one head; the others follow with the next. */
const WATCHED_MOST = 64;

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
  readonly #busy = new Set<string>();
  /** Refused for something that any block may change. */
  readonly #watched = new Map<string, RunName>();
  #toldOfCertificates = false;

  constructor(context: WakerContext) {
    this.#context = context;
  }

  async wake(name: RunName): Promise<void> {
    const key = keyOf(name);
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    this.#watched.delete(key);
    try {
      await this.#wake(name);
    } finally {
      this.#busy.delete(key);
    }
  }

  /** With every head: whether what was refused goes on now. */
  async onHead(): Promise<void> {
    const tried = [...this.#watched.values()].slice(0, WATCHED_MOST);
    await Promise.all(tried.map((name) => this.wake(name)));
  }

  async #wake(name: RunName): Promise<void> {
    const { book, clock, attested, roster, prices, policy } = this.#context;
    const run = await book.load(name);
    if (run === undefined || !canGoOn(run)) return;
    if (clock.utcNow() > notAfterOf(run)) return;
    if (rankOf(run.id, roster) > 0 && !this.#othersHadTheirTurn(run)) return;
    if (needsCertificate(run)) this.#tellOfCertificates(run);
    const verdict = judge(run, prices(), policy);
    if (!verdict.run) {
      book.note(run, { reason: verdict.reason, postponedUntil: verdict.later ? this.#later(run) : notAfterOf(run) });
      return;
    }
    if (isAttested(run)) return attested.await(run);
    const refusal = await this.#refusal(run);
    const current = await book.load(name);
    if (current === undefined || !canGoOn(current)) return;
    if (refusal !== undefined) return this.#postpone(current, refusal);
    const woken = book.note(current, { reason: null }, { name: "woken", time: clock.utcNow() });
    this.#context.arm(book.apply(woken, "arm"));
  }

  /** Until then it is tried with every head where that may help. */
  #postpone(run: Run, refusal: Reason): void {
    const { book, clock } = this.#context;
    if (mayPass(refusal)) this.#watched.set(keyOf(run), run);
    const reason = `simulation: ${refusal.text}`;
    if (reason === run.reason && run.postponedUntil !== null && run.postponedUntil > clock.utcNow()) return;
    book.note(run, { reason, postponedUntil: this.#later(run) });
  }

  #tellOfCertificates(run: Run): void {
    if (this.#toldOfCertificates) return;
    this.#toldOfCertificates = true;
    this.#context.log.warn({ run: run.id }, "schedules whose clock is a certificate are not served by this keeper");
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
  async #refusal(run: Run): Promise<Reason | undefined> {
    const { log, head } = this.#context;
    const seen = head();
    const eligible = eligibleSecondOf(run);
    const at = seen !== undefined && seen.timestamp > eligible ? seen.timestamp : eligible;
    try {
      const refusal = await refusalOf(this.#context, run, at);
      // A node that cannot pretend a block time answers for now, which is before the deadline.
      return refusal?.name === "ScheduleTooEarly" || refusal?.name === "node" ? undefined : refusal;
    } catch (error) {
      if (!isChronoError(error)) throw error;
      log.warn({ run: run.id, code: error.code }, "a run could not be simulated; it goes on");
      return undefined;
    }
  }
}

const canGoOn = (run: Run): boolean => run.state === "planned" && !run.settled;
