import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { Meter, PageQuery, Tier } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { pageOfRows, positionOf } from "../http/page-cursor.ts";
import { rowsOf } from "../store/rows-of.ts";

export type ScheduledRow = {
  readonly id: string;
  readonly account_id: string;
  readonly time_utc: string;
  readonly imprint: Uint8Array;
  readonly precision: Tier["precision"];
  readonly meter: Meter;
  readonly state: "waiting" | "stamped" | "failed";
  readonly sequence: string | null;
  readonly leaf_index: string | null;
  readonly exact: boolean | null;
  readonly reason: string | null;
  readonly created_at: string;
};

const COLUMNS: SQL = sql.raw(
  "id, account_id, time_utc::text, imprint, precision, meter, state, sequence::text, leaf_index::text, exact, reason, created_at::text",
);
const numeric = (value: bigint): SQL => sql`${String(value)}::numeric`;
const idsOf = (ids: readonly string[]): SQL => sql`(select json_array_elements_text(${JSON.stringify(ids)}::json))`;

export async function insertScheduled(
  tx: Database,
  row: Pick<ScheduledRow, "id" | "account_id" | "imprint" | "precision" | "meter"> & {
    readonly timeUtc: UnixNs;
    readonly now: UnixNs;
  },
): Promise<ScheduledRow> {
  const [made] = await rowsOf<ScheduledRow>(
    tx,
    sql`insert into gateway_scheduled_stamps (id, account_id, time_utc, imprint, precision, meter, state, created_at)
      values (${row.id}, ${row.account_id}, ${numeric(row.timeUtc)}, ${row.imprint}, ${row.precision}, ${row.meter}, 'waiting',
        ${numeric(row.now)}) returning ${COLUMNS}`,
  );
  if (made === undefined) throw new ChronoError("internal/unexpected", { what: "a row that was not inserted" });
  return made;
}

/** @throws input/not-found, also for one of another account. */
export async function readScheduled(db: Database, accountId: string, id: string): Promise<ScheduledRow> {
  const [row] = await rowsOf<ScheduledRow>(
    db,
    sql`select ${COLUMNS} from gateway_scheduled_stamps where id = ${id} and account_id = ${accountId}`,
  );
  if (row === undefined) throw new ChronoError("input/not-found", { id });
  return row;
}

/** Newest order first. @throws input/malformed */
export async function listScheduled(
  db: Database,
  accountId: string,
  { cursor, limit }: PageQuery,
): Promise<{ items: ScheduledRow[]; next: string | null }> {
  const after = cursor === undefined ? undefined : positionOf(cursor);
  const older = after === undefined ? sql`true` : sql`(created_at, id) < (${numeric(after.at)}, ${after.id})`;
  const rows = await rowsOf<ScheduledRow>(
    db,
    sql`select ${COLUMNS} from gateway_scheduled_stamps where account_id = ${accountId} and ${older}
      order by created_at desc, id desc limit ${limit + 1}`,
  );
  return pageOfRows(
    rows,
    limit,
    (row) => row,
    (row) => ({ at: BigInt(row.created_at), id: row.id }),
  );
}

/** Only while nobody has begun with it. @returns whether it is gone. */
export async function cancelScheduled(db: Database, accountId: string, id: string, now: bigint): Promise<boolean> {
  const gone = await rowsOf(
    db,
    sql`delete from gateway_scheduled_stamps
      where id = ${id} and account_id = ${accountId} and state = 'waiting' and lease_until < ${numeric(now)} returning id`,
  );
  return gone.length > 0;
}

/** Those that are due before `until` and that no gateway works on; it is this one's until `lease`. */
export const claimScheduled = (
  db: Database,
  given: { readonly until: bigint; readonly now: bigint; readonly lease: bigint; readonly limit: number },
): Promise<ScheduledRow[]> =>
  rowsOf<ScheduledRow>(
    db,
    sql`update gateway_scheduled_stamps set lease_until = ${numeric(given.lease)} where state = 'waiting' and id in (
        select id from gateway_scheduled_stamps
        where state = 'waiting' and time_utc <= ${numeric(given.until)} and lease_until < ${numeric(given.now)}
        order by time_utc, id limit ${given.limit} for update skip locked)
      returning ${COLUMNS}`,
  );

export async function renewLeases(db: Database, ids: readonly string[], lease: bigint): Promise<void> {
  await db.execute(sql`update gateway_scheduled_stamps set lease_until = ${numeric(lease)}
    where state = 'waiting' and id in ${idsOf(ids)}`);
}

/** When the next one may be claimed: it is due, or the lease of one that was due ends. */
export async function nextDue(db: Database, now: bigint, lead: bigint): Promise<bigint | undefined> {
  const [row] = await rowsOf<{ at: string | null }>(
    db,
    sql`select least(
        (select time_utc - ${numeric(lead)} from gateway_scheduled_stamps
          where state = 'waiting' and lease_until < ${numeric(now)} order by time_utc limit 1),
        (select min(lease_until) from gateway_scheduled_stamps
          where state = 'waiting' and lease_until >= ${numeric(now)} and time_utc <= ${numeric(now + lead)}))::text as at`,
  );
  return row?.at == null ? undefined : BigInt(row.at);
}

/** Once only: @returns the ids that were still waiting. */
export async function settleScheduled(
  tx: Database,
  ids: readonly string[],
  result:
    | { readonly state: "stamped"; readonly sequence: bigint; readonly exact: boolean }
    | { readonly state: "failed"; readonly reason: string },
): Promise<Set<string>> {
  const places = ids.map((id, leaf_index) => ({ id, leaf_index }));
  const [sequence, exact, reason] =
    result.state === "stamped" ? [String(result.sequence), result.exact, null] : [null, null, result.reason];
  const rows = await rowsOf<{ id: string }>(
    tx,
    sql`update gateway_scheduled_stamps s set state = ${result.state}::text, sequence = ${sequence}::numeric,
        leaf_index = case when ${result.state}::text = 'stamped' then o.leaf_index end, exact = ${exact}::boolean,
        reason = ${reason}::text
      from json_to_recordset(${JSON.stringify(places)}::json) as o (id text, leaf_index bigint)
      where s.id = o.id and s.state = 'waiting' returning s.id`,
  );
  return new Set(rows.map(({ id }) => id));
}
