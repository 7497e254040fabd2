import { ChronoError, type UnixNs, unixNs } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import { and, asc, count, desc, eq, gte, inArray, lt, lte, or, sql } from "drizzle-orm";
import { decodeExtras } from "../planner/extras.ts";
import { notAfterOf, notBeforeOf, type Outcome, type Run, type RunName } from "../planner/run.ts";
import type { RunState } from "../planner/run-machine.ts";
import { decodeSchedule, encodeSchedule } from "./schedule-json.ts";
import { runs, type StoredRun } from "./schema.ts";

const NEWEST = [desc(runs.generation), desc(runs.number)];

type Row = typeof runs.$inferSelect;

/** Runs in the database, the one place that work is derived from. */
export class RunStore {
  readonly #db: Database;
  readonly #wakeAt: (run: Run) => UnixNs;

  constructor(db: Database, wakeAt: (run: Run) => UnixNs) {
    this.#db = db;
    this.#wakeAt = wakeAt;
  }

  /** Writes all of them in one statement. @throws database/unavailable */
  async save(changed: readonly Run[]): Promise<void> {
    if (changed.length === 0) return;
    const set = Object.fromEntries(
      ["state", "settled", "outcome", "wake_at", "transaction_id", "details"].map((column) => [
        toProperty(column),
        sql.raw(`excluded.${column}`),
      ]),
    );
    await this.#run(() =>
      this.#db
        .insert(runs)
        .values(changed.map((run) => this.#rowOf(run)))
        .onConflictDoUpdate({ target: [runs.id, runs.generation, runs.number], set }),
    );
  }

  async find({ id, generation, number }: RunName): Promise<Run | undefined> {
    const named = and(eq(runs.id, id), eq(runs.generation, generation), eq(runs.number, number));
    const rows = await this.#run(() => this.#db.select().from(runs).where(named));
    return rows[0] === undefined ? undefined : runOf(rows[0]);
  }

  /** The newest run of a schedule, or the newest with this number. */
  async latest(id: Hex, number?: number): Promise<Run | undefined> {
    const wanted = and(eq(runs.id, id), number === undefined ? undefined : eq(runs.number, number));
    const rows = await this.#run(() =>
      this.#db
        .select()
        .from(runs)
        .where(wanted)
        .orderBy(...NEWEST)
        .limit(1),
    );
    return rows[0] === undefined ? undefined : runOf(rows[0]);
  }

  /** Those runs of a schedule that may still change, and the newest. */
  async open(id: Hex): Promise<Run[]> {
    const ofSchedule = eq(runs.id, id);
    const newest = this.#db
      .select({ number: runs.number })
      .from(runs)
      .where(ofSchedule)
      .orderBy(...NEWEST)
      .limit(1);
    const wanted = and(ofSchedule, or(eq(runs.settled, false), eq(runs.number, newest)));
    return (await this.#run(() => this.#db.select().from(runs).where(wanted))).map(runOf);
  }

  /** Schedules with runs that may still change. */
  async unsettled(): Promise<Hex[]> {
    const rows = await this.#run(() =>
      this.#db.selectDistinct({ id: runs.id }).from(runs).where(eq(runs.settled, false)),
    );
    return rows.map(({ id }) => id as Hex);
  }

  async byTransaction(transactionId: string): Promise<Run | undefined> {
    const rows = await this.#run(() =>
      this.#db.select().from(runs).where(eq(runs.transactionId, transactionId)).limit(1),
    );
    return rows[0] === undefined ? undefined : runOf(rows[0]);
  }

  /** Not settled and in one of these states, those to be woken first in front. */
  async inStates(states: readonly RunState[], options: { wakeBefore?: UnixNs; limit: number }): Promise<Run[]> {
    const due = options.wakeBefore === undefined ? undefined : lte(runs.wakeAt, String(options.wakeBefore));
    const wanted = and(eq(runs.settled, false), inArray(runs.state, [...states]), due);
    return (
      await this.#run(() => this.#db.select().from(runs).where(wanted).orderBy(asc(runs.wakeAt)).limit(options.limit))
    ).map(runOf);
  }

  /** To be woken in `[from, until)`. */
  async wakingIn(from: UnixNs, until: UnixNs, limit: number): Promise<Run[]> {
    const wanted = and(
      eq(runs.settled, false),
      eq(runs.state, "planned"),
      gte(runs.wakeAt, String(from)),
      lt(runs.wakeAt, String(until)),
    );
    return (
      await this.#run(() => this.#db.select().from(runs).where(wanted).orderBy(asc(runs.wakeAt)).limit(limit))
    ).map(runOf);
  }

  /** Whose window closed before `time` without an end. */
  async overdue(time: UnixNs, limit: number): Promise<Run[]> {
    const wanted = and(
      eq(runs.settled, false),
      lt(runs.notAfter, String(time)),
      inArray(runs.state, ["planned", "armed", "signed", "sent", "in-doubt", "reverted", "replaced"]),
    );
    return (
      await this.#run(() => this.#db.select().from(runs).where(wanted).orderBy(asc(runs.notAfter)).limit(limit))
    ).map(runOf);
  }

  /** Newest deadline first. */
  async list(limit: number): Promise<Run[]> {
    return (await this.#run(() => this.#db.select().from(runs).orderBy(desc(runs.notBefore)).limit(limit))).map(runOf);
  }

  async counts(): Promise<{ pending: number; executed: number; failed: number }> {
    const rows = await this.#run(() =>
      this.#db
        .select({ settled: runs.settled, outcome: runs.outcome, state: runs.state, n: count() })
        .from(runs)
        .groupBy(runs.settled, runs.outcome, runs.state),
    );
    const sum = (of: (row: (typeof rows)[number]) => boolean) => rows.filter(of).reduce((total, { n }) => total + n, 0);
    return {
      pending: sum(({ outcome }) => outcome === null),
      executed: sum(({ outcome }) => outcome === "executed"),
      failed: sum(({ outcome }) => outcome === "reverted" || outcome === "expired" || outcome === "underfunded"),
    };
  }

  async #run<Result>(work: () => PromiseLike<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      throw new ChronoError("database/unavailable", { what: "runs" }, { cause });
    }
  }

  #rowOf(run: Run): Row {
    return {
      id: run.id,
      generation: run.generation,
      number: run.number,
      state: run.state,
      settled: run.settled,
      outcome: run.outcome,
      wakeAt: String(this.#wakeAt(run)),
      notBefore: String(notBeforeOf(run)),
      notAfter: String(notAfterOf(run)),
      transactionId: run.transactionId,
      details: detailsOf(run),
    };
  }
}

const toProperty = (column: string): string => column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const text = (value: bigint | null): string | null => (value === null ? null : String(value));
const time = (value: string | null): UnixNs | null => (value === null ? null : unixNs(BigInt(value)));

const detailsOf = (run: Run): StoredRun => ({
  schedule: encodeSchedule(run.schedule),
  extras: run.extras?.encoded ?? null,
  data: run.data,
  scheduledBlock: run.scheduledBlock,
  outcome: run.outcome,
  reason: run.reason,
  mine: run.mine,
  postponedUntil: text(run.postponedUntil),
  attempt: run.attempt,
  transaction: run.transaction,
  end: run.end === null ? null : { ...run.end, blockTimestamp: String(run.end.blockTimestamp) },
  firstEligible: run.firstEligible,
  sentAt: text(run.sentAt),
  acceptedAt: text(run.acceptedAt),
  clockUncertainty: text(run.clockUncertainty),
  timeline: run.timeline.map((step) => ({ step: step.step, time: String(step.time) })),
});

function runOf(row: Row): Run {
  const { details } = row;
  return {
    id: row.id as Hex,
    generation: row.generation,
    number: row.number,
    state: row.state as RunState,
    settled: row.settled,
    transactionId: row.transactionId,
    schedule: decodeSchedule(details.schedule),
    // Absent in rows of an older version.
    extras: details.extras == null ? null : decodeExtras(details.extras as Hex),
    data: details.data as Hex,
    scheduledBlock: details.scheduledBlock,
    outcome: details.outcome as Outcome | null,
    reason: details.reason,
    mine: details.mine,
    postponedUntil: time(details.postponedUntil),
    attempt: details.attempt,
    transaction: details.transaction as Hex | null,
    end:
      details.end === null
        ? null
        : {
            blockNumber: details.end.blockNumber,
            blockHash: details.end.blockHash as Hex,
            blockTimestamp: BigInt(details.end.blockTimestamp),
          },
    firstEligible: details.firstEligible,
    sentAt: time(details.sentAt),
    acceptedAt: time(details.acceptedAt),
    clockUncertainty: details.clockUncertainty === null ? null : BigInt(details.clockUncertainty),
    timeline: details.timeline.map((step) => ({ step: step.step, time: unixNs(BigInt(step.time)) })),
  };
}
