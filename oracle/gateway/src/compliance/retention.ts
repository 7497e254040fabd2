import { NS_PER_S, type UnixNs } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { GatewayContext } from "../context.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { deleteObservations } from "./observation-store.ts";

/** Nothing younger is deleted, whatever a setting says: the shortest duty of the regimes (reference: CAT, MiFIR Article 25(1)). */
export const MIN_YEARS = 5;
const DAY_NS = 86_400n * NS_PER_S;
/** A year here is never shorter than one of the calendar. */
const YEAR_NS = 366n * DAY_NS;

/** The longest that any account asks for; closed accounts count too, as their duty to keep records goes on. */
async function yearsKept(db: Database): Promise<number> {
  const [row] = await rowsOf<{ years: number | null }>(
    db,
    sql`select max(retention_years)::integer as years from gateway_accounts`,
  );
  return Math.max(MIN_YEARS, row?.years ?? 0);
}

/** What may be deleted is older than this. */
export const keptSince = (now: UnixNs, years: number): bigint => now - BigInt(Math.max(MIN_YEARS, years)) * YEAR_NS;

/** Deletes looks at the clocks that nobody asks for any more, and reports of a day ago whose maker did not come back for them. */
export async function applyRetention(
  { db, clock, log }: Pick<GatewayContext, "db" | "clock" | "log">,
  signal: AbortSignal,
): Promise<void> {
  const now = clock.utcNow();
  await db.execute(sql`
    delete from gateway_reports where sequence is null and created_at < ${numeric(now - DAY_NS)}`);
  const deleted = await deleteObservations(db, keptSince(now, await yearsKept(db)), signal);
  if (deleted > 0) log.info({ deleted }, "observations beyond every account's retention were deleted");
}

/** @returns years. */
export async function readRetention(db: Database, accountId: string): Promise<number> {
  const [row] = await rowsOf<{ retention_years: number }>(
    db,
    sql`select retention_years from gateway_accounts where id = ${accountId}`,
  );
  return Math.max(MIN_YEARS, row?.retention_years ?? MIN_YEARS);
}

export async function writeRetention(db: Database, accountId: string, years: number): Promise<void> {
  await db.execute(sql`update gateway_accounts set retention_years = ${years} where id = ${accountId}`);
}
