import assert from "node:assert/strict";
import { Keypair } from "@solana/web3.js";
import { parseKeyPair } from "./key-pair.ts";

describe("a Solana key pair", () => {
  const keypair = Keypair.fromSeed(new Uint8Array(32).fill(171));
  const numbers = [...keypair.secretKey];

  it("is read as solana-keygen writes it", () => {
    const text = JSON.stringify(numbers);
    for (const written of [text, `${text}\n`])
      assert.deepEqual(parseKeyPair(written, "key.json").publicKey, keypair.publicKey);
  });

  it("is refused in any other form, by the file's name and without repeating what is in it", () => {
    const otherHalf = [...numbers.slice(0, 32), ...Keypair.fromSeed(new Uint8Array(32).fill(1)).publicKey.toBytes()];
    const forms = [
      numbers.slice(1),
      [...numbers.slice(1), 256],
      [...numbers.slice(1), 0.5],
      { key: numbers },
      otherHalf,
    ];
    for (const text of ["", "171,171", "null", ...forms.map((form) => JSON.stringify(form))])
      assert.throws(
        () => parseKeyPair(text, "key.json"),
        (error: Error & { code?: string }) =>
          error.code === "config/invalid" &&
          error.cause === undefined &&
          error.message.includes("key.json") &&
          !error.message.includes("171"),
      );
  });
});
