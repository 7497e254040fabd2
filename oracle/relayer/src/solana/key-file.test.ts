import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keypair } from "@solana/web3.js";
import { readSolanaKey } from "./key-file.ts";

describe("the Solana key file", () => {
  const folder = mkdtempSync(join(tmpdir(), "chrono-key-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const written = (value: unknown): string => {
    const path = join(folder, "key.json");
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
    return path;
  };
  const keypair = Keypair.fromSeed(new Uint8Array(32).fill(171));
  const numbers = [...keypair.secretKey];

  it("is what solana-keygen writes", () => {
    assert.deepEqual(readSolanaKey(written(numbers)).publicKey, keypair.publicKey);
    assert.deepEqual(readSolanaKey(written(`${JSON.stringify(numbers)}\n`)).publicKey, keypair.publicKey);
  });

  it("is refused in any other form, without repeating it", () => {
    const otherHalf = [...numbers.slice(0, 32), ...Keypair.fromSeed(new Uint8Array(32).fill(1)).publicKey.toBytes()];
    for (const value of ["", "171,171", numbers.slice(1), [...numbers.slice(1), 256], { key: numbers }, otherHalf])
      assert.throws(
        () => readSolanaKey(written(value)),
        (error: Error & { code?: string }) =>
          error.code === "config/invalid" && error.cause === undefined && !error.message.includes("171"),
      );
    assert.throws(() => readSolanaKey(join(folder, "nowhere")), { code: "config/invalid" });
  });
});
