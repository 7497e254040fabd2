import { zstdCompressSync } from "node:zlib";
import { MAX_U64 } from "@chronoledger/core";
import type { Account } from "./account.ts";
import { toBase58 } from "./base58.ts";
import { RpcError } from "./rpc/rpc-error.ts";

export const ACCOUNT_ENCODINGS = ["binary", "base58", "base64", "base64+zstd", "jsonParsed"] as const;
export type AccountView = {
  readonly encoding: (typeof ACCOUNT_ENCODINGS)[number];
  readonly dataSlice?: { readonly offset: number; readonly length: number } | null | undefined;
};

/** Encoding base58 takes time that grows with the square of the length; nodes have the same bound. */
const MAX_BASE58_BYTES = 128;

/** An account as JSON-RPC states it. "jsonParsed" gives base64, as nodes do for programs they do not know. @throws RpcError */
export function encodeAccount(account: Account | undefined, view: AccountView) {
  if (account === undefined) return null;
  const { offset, length } = view.dataSlice ?? { offset: 0, length: account.data.length };
  return {
    data: encodeData(account.data.subarray(offset, offset + length), view.encoding),
    executable: account.executable,
    lamports: account.lamports,
    owner: account.owner,
    rentEpoch: MAX_U64,
    space: account.data.length,
  };
}

function encodeData(data: Uint8Array, encoding: AccountView["encoding"]): string | [string, string] {
  switch (encoding) {
    case "binary":
    case "base58": {
      if (data.length > MAX_BASE58_BYTES)
        throw new RpcError(
          "invalid request",
          `Encoded binary (base 58) data should be less than ${MAX_BASE58_BYTES} bytes, please use Base64 encoding.`,
        );
      return encoding === "binary" ? toBase58(data) : [toBase58(data), encoding];
    }
    case "base64+zstd":
      return [zstdCompressSync(data).toString("base64"), encoding];
    default:
      return [Buffer.from(data).toString("base64"), "base64"];
  }
}
