import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { Account } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { newId } from "../http/new-id.ts";
import { type PagePosition, pageOfRows } from "../http/page-cursor.ts";
import { rowsOf } from "../store/rows-of.ts";
import { setMonthTier } from "./account-month.ts";
import { monthOf } from "./calendar-month.ts";

type Row = {
  readonly id: string;
  readonly name: string;
  readonly tier: Account["tier"];
  readonly billing: Account["billing"];
  readonly created_at: string;
  readonly closed: boolean;
};
type Terms = Pick<Account, "tier" | "billing">;

const COLUMNS = sql.raw("id, name, tier, billing, created_at::text, closed");

const toAccount = (row: Row): Account => ({
  id: row.id,
  name: row.name,
  tier: row.tier,
  billing: row.billing,
  createdUtcNs: BigInt(row.created_at),
  closed: row.closed,
});

function require(rows: readonly Row[], id: string): Account {
  const [row] = rows;
  if (row === undefined) throw new ChronoError("input/not-found", { account: id });
  return toAccount(row);
}

/** The month of its opening gets a row, so that every later month has one at or before it. */
export async function insertAccount(
  tx: Database,
  terms: Terms & { readonly name: string },
  now: UnixNs,
): Promise<Account> {
  const account: Account = { ...terms, id: newId("ac"), createdUtcNs: now, closed: false };
  await tx.execute(sql`
    insert into gateway_accounts (id, name, tier, billing, created_at)
    values (${account.id}, ${account.name}, ${account.tier}, ${account.billing}, ${String(now)}::numeric)`);
  await setMonthTier(tx, monthOf(now), account);
  return account;
}

/** @throws input/not-found */
export const readAccount = async (db: Database, id: string): Promise<Account> =>
  require(await rowsOf<Row>(db, sql`select ${COLUMNS} from gateway_accounts where id = ${id}`), id);

/** Newest first. */
export async function listAccounts(
  db: Database,
  limit: number,
  after: PagePosition | undefined,
): Promise<{ items: Account[]; next: string | null }> {
  const older = after === undefined ? sql`` : sql`where (created_at, id) < (${String(after.at)}::numeric, ${after.id})`;
  const rows = await rowsOf<Row>(
    db,
    sql`select ${COLUMNS} from gateway_accounts ${older} order by gateway_accounts.created_at desc, id desc limit ${limit + 1}`,
  );
  return pageOfRows(rows, limit, toAccount, (row) => ({ at: BigInt(row.created_at), id: row.id }));
}

/** The tier and billing at the end of a month are what its invoice goes by. @throws input/not-found */
export async function changeAccount(
  db: Database,
  id: string,
  change: { [Name in "tier" | "billing" | "closed"]?: Account[Name] | undefined },
  now: UnixNs,
): Promise<Account> {
  return db.transaction(async (transaction) => {
    const tx = transaction as unknown as Database;
    const rows = await rowsOf<Row>(
      tx,
      sql`update gateway_accounts set
        tier = coalesce(${change.tier ?? null}::text, tier),
        billing = coalesce(${change.billing ?? null}::text, billing),
        closed = coalesce(${change.closed ?? null}::boolean, closed)
      where id = ${id} returning ${COLUMNS}`,
    );
    const account = require(rows, id);
    await setMonthTier(tx, monthOf(now), account);
    return account;
  });
}
