import type { Block } from "./chain.ts";
import { computeBudgetOf } from "./compute-budget.ts";
import type { TransactionRecord } from "./history.ts";
import { writableKeys } from "./parse-transaction.ts";

/** A node remembers the fees of so many blocks. */
const REMEMBERED_BLOCKS = 150;

export function blockPrices(records: readonly TransactionRecord[]): Block["prices"] {
  const byAccount = new Map<string, bigint>();
  let lowest: bigint | undefined;
  for (const { transaction, loaded } of records) {
    const { unitPrice } = computeBudgetOf(transaction.message);
    lowest = lesser(lowest, unitPrice);
    for (const key of writableKeys(transaction.message, loaded))
      byAccount.set(key, lesser(byAccount.get(key), unitPrice));
  }
  return { lowest: lowest ?? 0n, byAccount };
}

const lesser = (a: bigint | undefined, b: bigint): bigint => (a !== undefined && a < b ? a : b);

const greater = (a: bigint, b: bigint): bigint => (b > a ? b : a);

/** What it took, by slot, to get a transaction in that writes to all of the accounts: the dearest of the lowest prices paid. */
export function recentPrices(
  blocks: readonly Block[],
  accounts: readonly string[],
): { slot: number; prioritizationFee: bigint }[] {
  return blocks.slice(-REMEMBERED_BLOCKS).map(({ slot, prices }) => ({
    slot,
    prioritizationFee: accounts.map((account) => prices.byAccount.get(account) ?? 0n).reduce(greater, prices.lowest),
  }));
}
