import type { Account } from "./account.ts";
import { fromBase58 } from "./base58.ts";

export type AccountFilter =
  | { readonly dataSize: number }
  | { readonly memcmp: { readonly offset: number; readonly bytes: Uint8Array } };

export const matchesAll = (account: Account, filters: readonly AccountFilter[]): boolean =>
  filters.every((filter) => {
    if ("dataSize" in filter) return account.data.length === filter.dataSize;
    const { offset, bytes } = filter.memcmp;
    const there = account.data.subarray(offset, offset + bytes.length);
    return there.length === bytes.length && there.every((byte, index) => byte === bytes[index]);
  });

/** @returns undefined when the text is not of that encoding. */
export function filterBytes(bytes: string | readonly number[], encoding: "base58" | "base64"): Uint8Array | undefined {
  if (typeof bytes !== "string") return Uint8Array.from(bytes);
  return encoding === "base58" ? fromBase58(bytes) : Uint8Array.from(Buffer.from(bytes, "base64"));
}
