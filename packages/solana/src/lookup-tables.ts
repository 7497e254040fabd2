import type { AddressLookupTableAccount, Connection, PublicKey } from "@solana/web3.js";

type Port = Pick<Connection, "getSignaturesForAddress" | "getTransaction" | "getAddressLookupTable">;

/** Signatures of one answer. */
const PAGE = 1_000;

/**
 * The lookup tables of the transaction that queued a task: one with many accounts needed them, and whoever runs it does. Empty when
 * it needed none, or no node remembers it. @throws what the connection throws
 */
export async function tablesOfTask(connection: Port, task: PublicKey): Promise<AddressLookupTableAccount[]> {
  const signatures = await connection.getSignaturesForAddress(task, { limit: PAGE }, "confirmed");
  const oldest = signatures.findLast(({ err }) => err === null);
  if (oldest === undefined) return [];
  const found = await connection.getTransaction(oldest.signature, {
    commitment: "confirmed",
    maxSupportedTransactionVersion: 0,
  });
  const lookups = found?.transaction.message.addressTableLookups ?? [];
  const tables = await Promise.all(lookups.map(({ accountKey }) => connection.getAddressLookupTable(accountKey)));
  return tables.flatMap(({ value }) => (value === null ? [] : [value]));
}
