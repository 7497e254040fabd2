import type { Database } from "@chronoledger/service";
import { type SQL, sql } from "drizzle-orm";
import { positionOf } from "../http/page-cursor.ts";

/** What a query of SQL text answers. */
export const rowsOf = async <Row>(db: Database, query: SQL): Promise<Row[]> =>
  ((await db.execute(query)) as unknown as { rows: Row[] }).rows;

/** The condition for rows of pages after this one, newest first. @throws input/malformed */
export const afterCursor = (cursor: string | undefined, time: SQL, id: SQL): SQL => {
  if (cursor === undefined) return sql`true`;
  const place = positionOf(cursor);
  return sql`(${time}, ${id}) < (${String(place.at)}::numeric, ${place.id})`;
};

export const numeric = (value: bigint): SQL => sql`${String(value)}::numeric`;
