import { isChronoError, NS_PER_S } from "@chronoledger/core";
import type { Hex, Transaction, TransactionState } from "@chronoledger/txm";
import type { KeeperContext } from "../context.ts";
import { attestedTime } from "../executors/evm/oracle-reader.ts";
import { callOf } from "../executors/evm/run-call.ts";
import { simulateExecute } from "../executors/evm/simulate.ts";
import type { SchedulerEvent } from "../watcher/decode-log.ts";
import { isFirstEligible } from "./first-eligible.ts";
import { isAttested, newRun, type Run } from "./run.ts";
import { canHappen, isPending } from "./run-machine.ts";

/** After so many own transactions that were included and did not execute it, a run is left alone until it expires. */
const REVERTS_MOST = 5;

export type ReconcilerContext = KeeperContext & {
  /** Takes a run's transaction back before it leaves. @returns false when it may be on its way */
  readonly withdraw: (run: Run) => Promise<boolean>;
  readonly forget: (id: Hex) => void;
  readonly onPlanned: (runs: readonly Run[]) => void;
};

type Executed = Extract<SchedulerEvent, { kind: "executed" }>;
type Scheduled = Extract<SchedulerEvent, { kind: "scheduled" }>;

/** Makes runs agree with what the chain says now, and with what became of our transactions. Doing it again changes nothing. */
export class Reconciler {
  readonly #context: ReconcilerContext;

  constructor(context: ReconcilerContext) {
    this.#context = context;
  }

  /** After the events of these schedules changed. */
  async schedules(ids: readonly Hex[]): Promise<void> {
    const { events, onPlanned, log } = this.#context;
    const planned: Run[] = [];
    const histories = await events.eventsOf(ids);
    for (const [id, history] of histories)
      try {
        const run = await this.#schedule(id, history);
        if (run?.state === "planned") planned.push(run);
      } catch (error) {
        log.error({ err: error, run: id }, "a run could not be brought in line with the chain");
      }
    onPlanned(planned);
  }

  async #schedule(id: Hex, history: readonly SchedulerEvent[]): Promise<Run | undefined> {
    const { book } = this.#context;
    const known = await book.load(id);
    const last = history.findLast((event): event is Scheduled => event.kind === "scheduled");
    if (last === undefined)
      return known === undefined || !canHappen(known.state, "vanish") ? known : this.#vanish(known);
    const end = history.at(-1) as SchedulerEvent;
    const generation = history.filter(({ kind }) => kind === "scheduled").length;
    const run = known === undefined || known.generation < generation ? this.#begin(id, last, generation) : known;
    if (end.kind === "scheduled") return this.#pending(run);
    await this.#end(run, end);
    return undefined;
  }

  #begin(id: Hex, event: Scheduled, generation: number): Run {
    const { book, clock } = this.#context;
    const run = newRun(
      { id, generation, schedule: event.schedule, data: event.data, scheduledBlock: event.blockNumber },
      clock.utcNow(),
    );
    book.add(run);
    return run;
  }

  /** The chain holds it and it has not ended there. */
  #pending(run: Run): Run {
    const { book } = this.#context;
    if (!isPending(run.state) && canHappen(run.state, "reorganise"))
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
    forget(run.id);
    await withdraw(run);
    return book.apply(run, "vanish", { reason: "a reorganisation took the schedule away" });
  }

  async #end(run: Run, end: SchedulerEvent): Promise<void> {
    const { book, chain, forget } = this.#context;
    if (run.end?.blockHash === end.blockHash && !isPending(run.state)) return;
    forget(run.id);
    if (isPending(run.state)) await this.#withdrawOrCancel(run, end);
    const [block, parent] = await Promise.all([
      chain.blockByNumber(end.blockNumber),
      chain.blockByNumber(end.blockNumber - 1),
    ]);
    const current = (await book.load(run.id)) ?? run;
    const at = { blockNumber: end.blockNumber, blockHash: end.blockHash, blockTimestamp: block?.timestamp ?? 0n };
    if (end.kind === "executed") {
      if (!canHappen(current.state, "include")) return;
      const mine = end.keeper.toLowerCase() === this.#context.txm.address.toLowerCase();
      const firstEligible =
        block === undefined || parent === undefined
          ? null
          : await this.#firstEligible(current, { ...at, parentTimestamp: parent.timestamp });
      book.apply(current, "include", {
        outcome: end.success ? "executed" : "reverted",
        reason: end.reason,
        mine,
        transaction: end.transaction,
        end: at,
        firstEligible,
      });
    } else {
      const event = end.kind === "cancelled" ? "cancel" : "expire";
      if (canHappen(current.state, event))
        book.apply(current, event, {
          outcome: event === "cancel" ? "cancelled" : "expired",
          reason: current.reason,
          transaction: end.transaction,
          end: at,
        });
    }
  }

  /** Somebody else ended it: what has not left is withdrawn, what has left is replaced by an empty transaction, which is cheaper than a revert. */
  async #withdrawOrCancel(run: Run, end: SchedulerEvent): Promise<void> {
    const { withdraw, txm, log } = this.#context;
    const ours = end.kind === "executed" && (end as Executed).keeper.toLowerCase() === txm.address.toLowerCase();
    if (ours || (await withdraw(run)) || run.transactionId === null) return;
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

  /** After one of our transactions changed its state. */
  async transaction(transaction: Transaction, before: TransactionState): Promise<void> {
    const { book } = this.#context;
    const run = await book.byTransaction(transaction.id);
    if (run === undefined || run.settled || transaction.state === before) return;
    switch (transaction.state) {
      case "sent":
        if (run.state !== "sent" && canHappen(run.state, "accept")) book.apply(run, "accept");
        return;
      case "in-doubt":
        if (run.state !== "in-doubt" && canHappen(run.state, "doubt")) book.apply(run, "doubt");
        return;
      case "included":
        if (transaction.inclusion?.success === false) await this.#reverted(run, transaction);
        return;
      case "rejected":
      case "cancelled":
        if (canHappen(run.state, "defer"))
          book.apply(run, "defer", {
            attempt: run.attempt + 1,
            transactionId: null,
            reason: transaction.failure?.message ?? run.reason,
          });
        return;
      case "replaced":
        if (canHappen(run.state, "replace"))
          this.#again(book.apply(run, "replace", { reason: transaction.failure?.message ?? null }));
        return;
      default:
        return;
    }
  }

  async #reverted(run: Run, transaction: Transaction): Promise<void> {
    const { book } = this.#context;
    if (!canHappen(run.state, "revert")) return;
    const reason = await this.#whyReverted(run, transaction);
    const current = (await book.load(run.id)) ?? run;
    if (!canHappen(current.state, "revert")) return;
    const reverted = book.apply(current, "revert", {
      reason: `our transaction did not execute it: ${reason}`,
      transaction: transaction.inclusion?.hash ?? current.transaction,
    });
    if (reverted.attempt < REVERTS_MOST) this.#again(reverted);
  }

  #again(run: Run): void {
    this.#context.book.apply(run, "defer", { attempt: run.attempt + 1, transactionId: null });
  }

  async #whyReverted(run: Run, transaction: Transaction): Promise<string> {
    const timestamp = transaction.inclusion?.blockTimestamp;
    try {
      const simulation = await simulateExecute(this.#context.chain, callOf(this.#context, run), timestamp);
      return simulation.ok ? `reverted in a block of ${timestamp} s` : simulation.reason.text;
    } catch (error) {
      return isChronoError(error) ? error.code : String(error);
    }
  }

  /** Windows that closed: nothing of ours may leave any more. `blockTime` is that of the newest block, UTC ns. */
  async overdue(
    runs: readonly Run[],
    blockTime: bigint,
    outcomeOf: (run: Run) => "expired" | "underfunded",
  ): Promise<void> {
    const { book, forget, withdraw } = this.#context;
    for (const run of runs) {
      // Attested time may lag behind block time by a minute at most where the scheduler still takes it.
      const grace = isAttested(run) ? 60n * NS_PER_S : 0n;
      if (blockTime <= run.schedule.notAfter + grace) continue;
      forget(run.id);
      await withdraw(run);
      const current = (await book.load(run.id)) ?? run;
      if (canHappen(current.state, "expire"))
        book.apply(current, "expire", {
          outcome: outcomeOf(current),
          reason: current.reason ?? "not executed by notAfter",
        });
    }
  }
}
