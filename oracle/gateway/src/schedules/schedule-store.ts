import { ChronoError } from "@chronoledger/core";
import { ExecutionStatus, type PageQuery, type WebhookEvent } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import type { Outbox } from "../context.ts";
import { pageOfRows } from "../http/page-cursor.ts";
import { afterCursor, numeric, rowsOf } from "../store/rows-of.ts";
import { hasEnded, nextScheduleState, type ScheduleEvent } from "./schedule-machine.ts";
import {
  rowOf,
  SCHEDULE_COLUMNS,
  type ScheduleDetails,
  type ScheduleRow,
  type StoredRow,
  statusOf,
} from "./schedule-row.ts";

export type Change = {
  readonly details?: Partial<ScheduleDetails>;
  /** Default: whether the new state is an end. */
  readonly settled?: boolean;
  readonly nextAttemptAt?: bigint;
};

/** Schedules of one database. Every change of state goes through the machine and is told to webhooks in the same transaction. */
export class ScheduleStore {
  readonly #db: Database;
  readonly #outbox: Outbox;

  constructor(db: Database, outbox: Outbox) {
    this.#db = db;
    this.#outbox = outbox;
  }

  async insert(tx: Database, row: ScheduleRow): Promise<void> {
    await tx.execute(sql`
      insert into gateway_schedules (id, account_id, kind, target, state, execute_at, window_ns, created_at, chain_schedule_id,
        next_attempt_at, details)
      values (${row.id}, ${row.accountId}, ${row.kind}, ${row.target}, ${row.state}, ${numeric(row.executeAt)},
        ${numeric(row.windowNs)}, ${numeric(row.createdAt)}, ${row.chainScheduleId}, ${numeric(row.nextAttemptAt)},
        ${JSON.stringify(row.details)}::jsonb)`);
  }

  /** @throws input/not-found for another account's as for none */
  async find(accountId: string, id: string): Promise<ScheduleRow> {
    const [row] = await this.select(sql`s.id = ${id} and s.account_id = ${accountId}`);
    if (row === undefined) throw new ChronoError("input/not-found", { schedule: id });
    return row;
  }

  async select(condition: SQL): Promise<ScheduleRow[]> {
    const query = sql`select ${SCHEDULE_COLUMNS} from gateway_schedules s where ${condition} order by s.created_at, s.id`;
    return (await rowsOf<StoredRow>(this.#db, query)).map(rowOf);
  }

  async page(
    accountId: string,
    { cursor, limit }: PageQuery,
  ): Promise<{ items: ExecutionStatus[]; next: string | null }> {
    const rows = await rowsOf<StoredRow>(
      this.#db,
      sql`select ${SCHEDULE_COLUMNS} from gateway_schedules s
        where s.account_id = ${accountId} and ${afterCursor(cursor, sql`s.created_at`, sql`s.id`)}
        order by s.created_at desc, s.id desc limit ${limit + 1}`,
    );
    return pageOfRows(
      rows,
      limit,
      (row) => statusOf(rowOf(row), null),
      ({ created_at, id }) => ({ at: BigInt(created_at), id }),
    );
  }

  /**
   * One step of its life, if it still is in the state that the row says. An attempt under way is over with it.
   * @param guard one more condition on the stored row `s`.
   * @returns the row as it is now; undefined when somebody else was faster.
   * @throws internal/unexpected when the event cannot happen in that state.
   */
  async step(
    row: ScheduleRow,
    event: ScheduleEvent,
    change: Change = {},
    guard: SQL = sql`true`,
  ): Promise<ScheduleRow | undefined> {
    const state = nextScheduleState(row.state, event);
    const settled = change.settled ?? hasEnded(state);
    return this.#db.transaction(async (transaction) => {
      const tx = transaction as unknown as Database;
      const [stored] = await rowsOf<StoredRow>(
        tx,
        sql`update gateway_schedules s set state = ${state}, settled = ${settled},
            firing = case when ${event === "ask"} then firing else false end,
            details = details || ${JSON.stringify(change.details ?? {})}::jsonb,
            next_attempt_at = ${change.nextAttemptAt === undefined ? sql`next_attempt_at` : numeric(change.nextAttemptAt)}
          where s.id = ${row.id} and s.state = ${row.state} and ${guard} returning ${SCHEDULE_COLUMNS}`,
      );
      if (stored === undefined) return undefined;
      const now = rowOf(stored);
      if (hasEnded(state))
        await this.#outbox.enqueue(
          tx,
          row.accountId,
          `schedule.${state}` as WebhookEvent,
          z.encode(ExecutionStatus, statusOf(now, null)),
        );
      return now;
    });
  }

  /** Details only; the state stays. */
  async note(id: string, details: Partial<ScheduleDetails>, settled = false): Promise<void> {
    await this.#db.execute(sql`
      update gateway_schedules set details = details || ${JSON.stringify(details)}::jsonb, settled = settled or ${settled}
      where id = ${id}`);
  }
}
