import { CLOCK } from "@chronoledger/bindings";
import { NS_PER_S } from "@chronoledger/core";
import type { Head, Hex } from "@chronoledger/txm";
import { blockTime, type KeeperContext } from "../context.ts";
import { attestedTime } from "../executors/evm/oracle-reader.ts";
import { isFirstEligible } from "./first-eligible.ts";
import { dueNumber, type EndEvent, type Life, livesOf, type Terms } from "./history.ts";
import { isAttested, newRun, notAfterOf, type Run } from "./run.ts";
import { canHappen, isPending } from "./run-machine.ts";
import type { RunTransactions } from "./run-transactions.ts";

/** So far a certified instant may lie behind block time where the scheduler still takes it. */
const ATTESTED_AGE_MOST = 60n * NS_PER_S;
const BATCH = 500;

export type ReconcilerContext = KeeperContext & {
  readonly transactions: RunTransactions;
  /** Takes a run's transaction back before it leaves. @returns false when it may be on its way */
  readonly withdraw: (run: Run) => Promise<boolean>;
  readonly forget: (run: Run) => void;
  readonly onPlanned: (runs: readonly Run[]) => void;
};

/** UTC ns that a schedule's windows are held against. */
type TimeOf = (schedule: Terms["schedule"]) => Promise<bigint>;

/** Makes runs agree with what the chain says now. Doing it again changes nothing. */
export class Reconciler {
  readonly #context: ReconcilerContext;

  constructor(context: ReconcilerContext) {
    this.#context = context;
  }

  /** After the events of these schedules changed; `head` is the newest block that was read. */
  async schedules(ids: readonly Hex[], head: Head): Promise<void> {
    const { events, onPlanned, log } = this.#context;
    const timeOf = this.#timeAt(head);
    for (let at = 0; at < ids.length; at += BATCH) {
      const planned: Run[] = [];
      for (const [id, history] of await events.eventsOf(ids.slice(at, at + BATCH)))
        try {
          planned.push(...(await this.#schedule(id, livesOf(history), timeOf)));
        } catch (error) {
          log.error({ err: error, run: id }, "a run could not be brought in line with the chain");
        }
      onPlanned(planned);
    }
  }

  /** @returns runs that wait for their time */
  async #schedule(id: Hex, lives: readonly Life[], timeOf: TimeOf): Promise<Run[]> {
    const known = await this.#context.book.ofSchedule(id);
    const dues = new Map<number, number | undefined>();
    for (const life of lives) dues.set(life.generation, await dueOf(life, timeOf));
    const aligned: Run[] = [];
    for (const run of known)
      if (!run.settled) aligned.push(await this.#align(run, lives[run.generation - 1], dues.get(run.generation)));
    const newest = newestOf(known);
    for (const life of lives.slice(Math.max(0, newest.generation - 1)))
      aligned.push(
        ...(await this.#add(
          id,
          life,
          life.generation === newest.generation ? newest.number : -1,
          dues.get(life.generation),
        )),
      );
    return aligned.filter(({ state }) => state === "planned");
  }

  /** A run that is known already. */
  async #align(run: Run, life: Life | undefined, due: number | undefined): Promise<Run> {
    const { transactions } = this.#context;
    const end = life?.ends.find(({ from, to }) => from <= run.number && run.number < to);
    if (end !== undefined) return this.#end(run, end.event);
    // Of a run so long ago that its event was not read again.
    if (life !== undefined && run.number < life.next) return run;
    if (life?.terms === undefined || due === undefined || run.number > due)
      return canHappen(run.state, "vanish") ? this.#vanish(run) : run;
    const attempt = life.attempts.findLast(({ transaction }) => transactions.isOf(run, transaction));
    return attempt === undefined ? this.#pending(run) : transactions.attempted(run, attempt.reason);
  }

  /** Runs after the newest that is known: those that ended unseen, and the one that is due next. */
  async #add(id: Hex, life: Life, newest: number, due: number | undefined): Promise<Run[]> {
    const { terms, generation } = life;
    if (terms === undefined) return [];
    const begin = (number: number) => this.#begin({ ...terms, id, generation, number });
    for (const { from, event } of life.ends) if (from > newest) await this.#end(begin(from), event);
    const last = life.ends.reduce((most, { from }) => Math.max(most, from), newest);
    return due !== undefined && due > last ? [begin(due)] : [];
  }

  #begin(seen: Parameters<typeof newRun>[0]): Run {
    const { book, clock } = this.#context;
    const run = newRun(seen, clock.utcNow());
    book.add(run);
    return run;
  }

  /** The chain holds it and it has not ended there. */
  #pending(run: Run): Run {
    const { book } = this.#context;
    // What this keeper gave up by itself has no end on the chain, and none was taken away.
    if (run.end !== null && !isPending(run.state) && canHappen(run.state, "reorganise"))
      return this.#resume(
        book.apply(run, "reorganise", {
          outcome: null,
          end: null,
          firstEligible: null,
          mine: false,
          reason: "a reorganisation took its end away",
        }),
      );
    return run.state === "in-doubt" ? this.#resume(run) : run;
  }

  /** In doubt, and nothing of ours under way: plan it anew. */
  #resume(run: Run): Run {
    const { book, txm } = this.#context;
    const alive = run.transactionId !== null && txm.get(run.transactionId) !== undefined;
    return alive ? run : book.apply(run, "defer", { attempt: run.attempt + 1, transactionId: null });
  }

  async #vanish(run: Run): Promise<Run> {
    const { book, forget, withdraw } = this.#context;
    forget(run);
    await withdraw(run);
    return book.apply(run, "vanish", { reason: "a reorganisation took the schedule away" });
  }

  async #end(run: Run, end: EndEvent): Promise<Run> {
    const { book, chain, forget } = this.#context;
    if (run.end?.blockHash === end.blockHash && !isPending(run.state)) return run;
    forget(run);
    if (isPending(run.state)) await this.#withdrawOrCancel(run, end);
    const [block, parent] = await Promise.all([
      chain.blockByNumber(end.blockNumber),
      chain.blockByNumber(end.blockNumber - 1),
    ]);
    const current = (await book.load(run)) ?? run;
    const at = { blockNumber: end.blockNumber, blockHash: end.blockHash, blockTimestamp: block?.timestamp ?? 0n };
    if (end.kind === "executed" || end.kind === "advanced") {
      if (!canHappen(current.state, "include")) return current;
      const mine = end.keeper.toLowerCase() === this.#context.txm.address.toLowerCase();
      const firstEligible =
        block === undefined || parent === undefined
          ? null
          : await this.#firstEligible(current, { ...at, parentTimestamp: parent.timestamp });
      return book.apply(current, "include", {
        outcome: end.success ? "executed" : "reverted",
        reason: end.reason,
        mine,
        transaction: end.transaction,
        end: at,
        firstEligible,
      });
    }
    const event = end.kind === "cancelled" || end.kind === "updated" ? "cancel" : "expire";
    if (!canHappen(current.state, event)) return current;
    return book.apply(current, event, {
      outcome: event === "cancel" ? "cancelled" : end.kind === "underfunded" ? "underfunded" : "expired",
      reason: end.kind === "updated" ? `its owner made it ${end.newId}` : current.reason,
      transaction: end.transaction,
      end: at,
    });
  }

  /** Somebody else ended it: what has not left is withdrawn, what has left is replaced by an empty transaction, which is cheaper than a revert. */
  async #withdrawOrCancel(run: Run, end: EndEvent): Promise<void> {
    const { withdraw, txm, log, transactions } = this.#context;
    if (transactions.isOf(run, end.transaction) || (await withdraw(run)) || run.transactionId === null) return;
    const state = txm.get(run.transactionId)?.state;
    if (state === "sent" || state === "in-doubt")
      await txm
        .cancel(run.transactionId)
        .catch((error: unknown) =>
          log.warn({ err: error, run: run.id }, "a transaction that came too late could not be replaced"),
        );
  }

  async #firstEligible(
    run: Run,
    at: { blockNumber: number; blockTimestamp: bigint; parentTimestamp: bigint },
  ): Promise<boolean | null> {
    const { chain, oracle } = this.#context;
    if (!isAttested(run)) return isFirstEligible(run, at);
    const attestedBeforeParent = await attestedTime(chain, oracle, at.blockNumber - 2).catch(() => undefined);
    return isFirstEligible(run, { ...at, attestedBeforeParent });
  }

  /** Windows that closed: nothing of ours may leave any more, and a series goes on with the run that is due now. `head` as in `schedules`. */
  async overdue(runs: readonly Run[], head: Head, outcomeOf: (run: Run) => "expired" | "underfunded"): Promise<void> {
    const { book, forget, withdraw } = this.#context;
    const timeOf = this.#timeAt(head);
    const series = new Set<Hex>();
    for (const run of runs) {
      if ((await timeOf(run.schedule)) <= notAfterOf(run)) continue;
      forget(run);
      await withdraw(run);
      const current = (await book.load(run)) ?? run;
      if (!canHappen(current.state, "expire")) continue;
      book.apply(current, "expire", {
        outcome: outcomeOf(current),
        reason: current.reason ?? "not executed by notAfter",
      });
      if (run.extras !== null) series.add(run.id);
    }
    if (series.size > 0) await this.schedules([...series], head);
  }

  /** On the oracle's clocks the certified instant, or the least that the scheduler would take; asked for once. */
  #timeAt(head: Head): TimeOf {
    const { chain, oracle } = this.#context;
    const least = blockTime(head) - ATTESTED_AGE_MOST;
    let attested: Promise<bigint> | undefined;
    return async ({ clock }) => {
      if (clock === CLOCK.block) return blockTime(head);
      attested ??= attestedTime(chain, oracle).catch(() => 0n);
      const time = await attested;
      return time > least ? time : least;
    };
  }
}

/** The run of a life that is to be run next; undefined when there is none. */
async function dueOf({ terms, over, next }: Life, timeOf: TimeOf): Promise<number | undefined> {
  if (terms === undefined || over || next >= (terms.extras?.count ?? 1)) return undefined;
  return terms.extras === null ? next : dueNumber(terms, next, await timeOf(terms.schedule));
}

const newestOf = (runs: readonly Run[]): Pick<Run, "generation" | "number"> =>
  runs.reduce((newest, run) => (isNewer(run, newest) ? run : newest), { generation: 0, number: -1 });

const isNewer = (a: Pick<Run, "generation" | "number">, b: Pick<Run, "generation" | "number">): boolean =>
  a.generation === b.generation ? a.number > b.number : a.generation > b.generation;
