import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bytesToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { addressOf, parsePrivateKey, signTransaction } from "./sign.ts";
import type { Hex } from "./types.ts";

const keyOf = (seed: number): Uint8Array => createHash("sha256").update(`key ${seed}`).digest();

describe("native signing", () => {
  it("makes the same bytes and hash as viem, for 200 transactions of 20 keys", async () => {
    for (let i = 0; i < 200; i++) {
      const key = keyOf(i % 20);
      const account = privateKeyToAccount(bytesToHex(key));
      const fields = {
        chainId: 1 + i * 7_919,
        nonce: i,
        to: addressOf(keyOf(i + 1)),
        data: `0x${"ab".repeat(i * 3)}` as Hex,
        value: BigInt(i) ** 7n,
        gas: 21_000n + BigInt(i),
        maxFeePerGas: 10n ** 9n * BigInt(i + 1),
        maxPriorityFeePerGas: BigInt(i),
      };
      const expected = await account.signTransaction({ type: "eip1559", ...fields });
      assert.equal(signTransaction(fields, key).raw, expected);
      assert.equal(addressOf(key), account.address);
    }
  });

  it("refuses what is not a key, without repeating it", () => {
    for (const text of ["", "0x12", "zz".repeat(32), "0".repeat(64), "f".repeat(64)])
      assert.throws(
        () => parsePrivateKey(text),
        (error: Error) => error instanceof RangeError && (text.length < 10 || !error.message.includes(text)),
      );
    assert.equal(parsePrivateKey(`0x${"11".repeat(32)}\n`).length, 32);
  });
});
