import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { rowOf, SCHEDULE_COLUMNS, type ScheduleDetails, type ScheduleRow, type StoredRow } from "./schedule-row.ts";

/** Of several gateways on one database, who works on which call of an address. A lease of one that is gone ends by itself. */
export class HttpLease {
  readonly #db: Database;
  readonly #owner: string;

  /** @param owner one process, drawn anew at each start. */
  constructor(db: Database, owner: string) {
    this.#db = db;
    this.#owner = owner;
  }

  /** That the lease is this gateway's, on the stored row `s`. */
  get held(): SQL {
    return sql`s.lease_owner = ${this.#owner}`;
  }

  /** What is due by `by`, for this gateway alone until `until`. */
  async claim(now: bigint, by: bigint, until: (at: bigint) => bigint, most: number): Promise<ScheduleRow[]> {
    if (most <= 0) return [];
    const free = sql`(s.lease_until is null or s.lease_until < ${numeric(now)})`;
    // The lease is looked at once more when the row is locked: of two gateways that found it, one gets it.
    const rows = await rowsOf<StoredRow>(
      this.#db,
      sql`update gateway_schedules s set lease_owner = ${this.#owner}, lease_until = ${numeric(until(by))}
        where s.kind = 'http' and not s.settled and ${free} and s.id in (
          select s.id from gateway_schedules s
          where s.kind = 'http' and not s.settled and s.next_attempt_at <= ${numeric(by)} and ${free}
          order by s.next_attempt_at limit ${most})
        returning ${SCHEDULE_COLUMNS}`,
    );
    return rows.map(rowOf);
  }

  /** When there is something to claim; undefined when nothing is open. */
  async nextAt(now: bigint): Promise<bigint | undefined> {
    const [row] = await rowsOf<{ at: string | null }>(
      this.#db,
      sql`select min(case when lease_until >= ${numeric(now)} then greatest(lease_until, next_attempt_at) else next_attempt_at end)::text as at
        from gateway_schedules where kind = 'http' and not settled`,
    );
    return row?.at === null || row?.at === undefined ? undefined : BigInt(row.at);
  }

  /**
   * Before anything is sent: from here on a crash may have called the target.
   * @returns undefined when it was cancelled or taken over meanwhile: nothing may be sent.
   */
  async begin(row: ScheduleRow, until: bigint): Promise<ScheduleRow | undefined> {
    const attempts = JSON.stringify({ attempts: row.details.attempts + 1 });
    const [stored] = await rowsOf<StoredRow>(
      this.#db,
      sql`update gateway_schedules s set firing = true, lease_until = ${numeric(until)}, details = details || ${attempts}::jsonb
        where s.id = ${row.id} and s.state = 'armed' and ${this.held} returning ${SCHEDULE_COLUMNS}`,
    );
    return stored === undefined ? undefined : rowOf(stored);
  }

  /** An attempt is over and another one planned. @returns whether it still is armed. */
  async again(row: ScheduleRow, at: bigint, details: Partial<ScheduleDetails>): Promise<boolean> {
    const rows = await rowsOf(
      this.#db,
      sql`update gateway_schedules s set firing = false, next_attempt_at = ${numeric(at)}, lease_owner = null, lease_until = null,
          details = details || ${JSON.stringify(details)}::jsonb
        where s.id = ${row.id} and s.state = ${row.state} and ${this.held} returning s.id`,
    );
    return rows.length > 0;
  }

  /** At the end: nothing is worked on any more, and the next gateway need not wait. An attempt that was cut off stays noted. */
  async release(): Promise<void> {
    await this.#db.execute(
      sql`update gateway_schedules s set lease_owner = null, lease_until = null where ${this.held} and not s.settled`,
    );
  }

  /** As it is stored now, if it still is this gateway's. */
  async reload(row: ScheduleRow): Promise<ScheduleRow | undefined> {
    const [stored] = await rowsOf<StoredRow>(
      this.#db,
      sql`select ${SCHEDULE_COLUMNS} from gateway_schedules s where s.id = ${row.id} and ${this.held}`,
    );
    return stored === undefined ? undefined : rowOf(stored);
  }
}
