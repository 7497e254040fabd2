import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { giveWay } from "./give-way.ts";
import type { ObservationRow } from "./observation-row.ts";

const COLUMNS: SQL = sql.raw(
  "time_utc::text, node, offset_ns::text, uncertainty_ns::text, measurement_ns::text, state, source, flags, epoch, tai_minus_utc, key_id",
);
/** Rows read at once: the embedded database takes some tens of milliseconds for them, in which nothing else runs. */
const PAGE = 1_000;
/** Rows deleted at once: other work comes in between. */
const STEP = 5_000;

/** A look that is there already is left: a node that hangs is not seen anew each time. */
export async function insertObservations(db: Database, rows: readonly ObservationRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into gateway_observations
      (time_utc, node, offset_ns, uncertainty_ns, measurement_ns, state, source, flags, epoch, tai_minus_utc, key_id)
    select * from json_to_recordset(${JSON.stringify(rows)}::json) as o (time_utc numeric, node smallint, offset_ns numeric,
      uncertainty_ns numeric, measurement_ns numeric, state text, source text, flags smallint, epoch bigint,
      tai_minus_utc smallint, key_id text)
    on conflict do nothing`);
}

/** One node's looks in [from, to), in order of time, page by page: a year has millions. */
export async function* observationPages(
  db: Database,
  of: { readonly node: number; readonly fromUtcNs: bigint; readonly toUtcNs: bigint },
): AsyncGenerator<ObservationRow[]> {
  let after = of.fromUtcNs - 1n;
  for (;;) {
    const rows = await rowsOf<ObservationRow>(
      db,
      sql`select ${COLUMNS} from gateway_observations where node = ${of.node} and time_utc > ${numeric(after)}
        and time_utc < ${numeric(of.toUtcNs)} order by time_utc limit ${PAGE}`,
    );
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = BigInt(last.time_utc);
    await giveWay();
  }
}

/** The newest looks at these nodes after an instant, at most `limit` a node, ascending. */
export async function observationsSince(
  db: Database,
  of: { readonly nodes: number; readonly afterUtcNs: bigint; readonly limit: number },
): Promise<ObservationRow[]> {
  return rowsOf<ObservationRow>(
    db,
    sql`select o.* from generate_series(0, ${of.nodes - 1}) as n (node) cross join lateral (
        select ${COLUMNS} from gateway_observations g where g.node = n.node and g.time_utc > ${numeric(of.afterUtcNs)}
        order by g.time_utc desc limit ${of.limit}) o
      order by o.time_utc::numeric, o.node`,
  );
}

/** Nodes that were looked at in a period, besides those of the present set: a set may have shrunk. */
export async function nodesSeen(db: Database, fromUtcNs: bigint, toUtcNs: bigint): Promise<number[]> {
  const rows = await rowsOf<{ node: number }>(
    db,
    sql`select n.node from generate_series(0, 31) as n (node) where exists (select 1 from gateway_observations g
      where g.node = n.node and g.time_utc >= ${numeric(fromUtcNs)} and g.time_utc < ${numeric(toUtcNs)}) order by n.node`,
  );
  return rows.map(({ node }) => node);
}

/**
 * Deletes what is older, in small steps, so that nobody waits for it.
 * @returns how many rows there were.
 */
export async function deleteObservations(db: Database, beforeUtcNs: bigint, signal: AbortSignal): Promise<number> {
  let deleted = 0;
  for (let node = 0; node < 32; node++)
    for (;;) {
      if (signal.aborted) return deleted;
      const rows = await rowsOf<{ node: number }>(
        db,
        sql`delete from gateway_observations where node = ${node} and time_utc in (
          select time_utc from gateway_observations where node = ${node} and time_utc < ${numeric(beforeUtcNs)}
          order by time_utc limit ${STEP}) returning node`,
      );
      deleted += rows.length;
      if (rows.length < STEP) break;
      await giveWay();
    }
  return deleted;
}
