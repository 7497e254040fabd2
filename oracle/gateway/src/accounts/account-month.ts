import { ChronoError } from "@chronoledger/core";
import type { Account, Meter, Tier } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { Quantities } from "./allowance.ts";

type Billing = Account["billing"];

/** An account's month: what it is charged for, by which tier. */
export type AccountMonth = {
  readonly accountId: string;
  readonly month: string;
  readonly tier: Tier["name"];
  readonly billing: Billing;
  readonly quantities: Quantities;
};

type Row = { account_id: string; month: string; tier: Tier["name"]; billing: Billing; quantities: Quantities };

const toMonth = (row: Row): AccountMonth => ({
  accountId: row.account_id,
  month: row.month,
  tier: row.tier,
  billing: row.billing,
  quantities: row.quantities,
});

/**
 * Locks the rows of these accounts' month until the transaction ends, and makes those that are missing. Whoever charges waits
 * here, in the order of the accounts' ids, so that no two wait for one another. The share lock on the account makes a change of
 * tier wait, or be waited for: a row never begins with a tier that was just replaced. Closed and unknown accounts are left out.
 */
export async function lockMonths(
  tx: Database,
  month: string,
  accountIds: readonly string[],
): Promise<Map<string, AccountMonth>> {
  const result = await tx.execute(sql`
    insert into gateway_account_months (account_id, month, tier, billing)
    select id, ${month}::text, tier, billing from (
      select id, tier, billing from gateway_accounts
      where id = any (array(select jsonb_array_elements_text(${JSON.stringify(accountIds)}::jsonb))) and not closed
      order by id for share
    ) as open_accounts
    on conflict (account_id, month) do update set tier = gateway_account_months.tier
    returning account_id, month, tier, billing, quantities`);
  return new Map((result as unknown as { rows: Row[] }).rows.map((row) => [row.account_id, toMonth(row)]));
}

/** Sets what was counted, under the locks of {@link lockMonths}. */
export async function writeQuantities(
  tx: Database,
  month: string,
  changed: ReadonlyMap<string, Quantities>,
): Promise<void> {
  const rows = JSON.stringify([...changed].map(([account_id, quantities]) => ({ account_id, quantities })));
  await tx.execute(sql`
    update gateway_account_months m set quantities = t.quantities
    from jsonb_to_recordset(${rows}::jsonb) as t (account_id text, quantities jsonb)
    where m.account_id = t.account_id and m.month = ${month}`);
}

/** The tier and billing of this month from now on: what they are at its end is what its invoice goes by. */
export async function setMonthTier(
  tx: Database,
  month: string,
  account: { readonly id: string; readonly tier: Tier["name"]; readonly billing: Billing },
): Promise<void> {
  await tx.execute(sql`
    insert into gateway_account_months (account_id, month, tier, billing)
    values (${account.id}, ${month}, ${account.tier}, ${account.billing})
    on conflict (account_id, month) do update set tier = excluded.tier, billing = excluded.billing`);
}

/**
 * What a month was. One without a row was not used and not changed, so its tier is that of the newest row before it.
 * @throws input/not-found when the account is younger.
 */
export async function readMonth(db: Database, accountId: string, month: string): Promise<AccountMonth> {
  const result = await db.execute(sql`
    select account_id, month, tier, billing, quantities from gateway_account_months
    where account_id = ${accountId} and month <= ${month} order by month desc limit 1`);
  const row = (result as unknown as { rows: Row[] }).rows[0];
  if (row === undefined)
    throw new ChronoError("input/not-found", { month }, { remedy: "the account was opened after this month" });
  return row.month === month ? toMonth(row) : { ...toMonth(row), month, quantities: {} };
}

/** Adds without losing exactness. @throws input/out-of-range beyond 2^53 - 1 */
export function addQuantity(quantities: Quantities, meter: Meter, quantity: number): void {
  const sum = (quantities[meter] ?? 0) + quantity;
  if (!Number.isSafeInteger(sum) || quantity < 1 || !Number.isSafeInteger(quantity))
    throw new ChronoError("input/out-of-range", { meter, quantity, range: "1 to 2^53 - 1 a month" });
  quantities[meter] = sum;
}
