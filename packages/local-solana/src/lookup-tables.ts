import type { Account } from "./account.ts";
import { toBase58 } from "./base58.ts";
import { type LoadedKeys, type Message, NO_LOADED_KEYS } from "./parse-transaction.ts";

const TABLE_PROGRAM = "AddressLookupTab1e1111111111111111111111111";
const TABLE_HEADER_BYTES = 56;

/**
 * The keys that a message takes from lookup tables. Whether a table may be used yet is the runtime's to judge.
 * @returns no keys at all when a table or an entry is not there: such a transaction fails before it runs.
 */
export function loadKeys(message: Message, account: (address: string) => Account | undefined): LoadedKeys {
  const writable: string[] = [];
  const readonly: string[] = [];
  for (const lookup of message.lookups) {
    const table = account(lookup.accountKey);
    if (table?.owner !== TABLE_PROGRAM) return NO_LOADED_KEYS;
    for (const [indexes, keys] of [
      [lookup.writableIndexes, writable],
      [lookup.readonlyIndexes, readonly],
    ] as const)
      for (const index of indexes) {
        const start = TABLE_HEADER_BYTES + 32 * index;
        if (start + 32 > table.data.length) return NO_LOADED_KEYS;
        keys.push(toBase58(table.data.subarray(start, start + 32)));
      }
  }
  return { writable, readonly };
}
