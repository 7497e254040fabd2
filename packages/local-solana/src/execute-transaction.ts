import type { Account, AccountMap } from "./account.ts";
import { feeOf } from "./compute-budget.ts";
import type { TransactionRecord } from "./history.ts";
import { loadKeys } from "./lookup-tables.ts";
import { allKeys, type ParsedTransaction, writableKeys } from "./parse-transaction.ts";
import type { Vm } from "./vm.ts";

type Executed = {
  /** The accounts it changed, as they were. */
  readonly before: AccountMap;
  readonly record: Omit<TransactionRecord, "slot" | "height" | "unixSeconds">;
};

/**
 * Runs a transaction. One that failed before it could be charged leaves no trace, as with a block producer.
 * @returns why it was dropped, or what it did.
 */
export function executeTransaction(vm: Vm, transaction: ParsedTransaction): Executed | { readonly dropped: string } {
  const { message, raw } = transaction;
  const loaded = loadKeys(message, (address) => vm.account(address));
  const keys = allKeys(message, loaded);
  const were = writableKeys(message, loaded).map((address) => [address, vm.account(address)] as const);
  const preBalances = keys.map((address) => vm.balance(address));
  const outcome = vm.execute(raw);
  const postBalances = keys.map((address) => vm.balance(address));
  if (outcome.error !== null && preBalances[0] === postBalances[0])
    return { dropped: typeof outcome.error === "string" ? outcome.error : JSON.stringify(outcome.error) };
  const fee = feeOf(message);
  return {
    before: new Map(were.filter(([address, account]) => !sameAccount(account, vm.account(address)))),
    record: { ...outcome, transaction, loaded, fee, preBalances, postBalances },
  };
}

function sameAccount(a: Account | undefined, b: Account | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.lamports === b.lamports &&
    a.owner === b.owner &&
    a.executable === b.executable &&
    Buffer.from(a.data.buffer, a.data.byteOffset, a.data.length).equals(b.data)
  );
}
