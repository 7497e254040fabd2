import assert from "node:assert/strict";
import { ChronoError } from "@chronoledger/core";
import { Keypair, SystemProgram, TransactionMessage, VersionedTransaction } from "@solana/web3.js";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { allKeys, isWritable, NO_LOADED_KEYS, parseMessage, parseTransaction } from "./parse-transaction.ts";

const payer = Keypair.generate();
const to = Keypair.generate().publicKey;
const message = new TransactionMessage({
  payerKey: payer.publicKey,
  recentBlockhash: Keypair.generate().publicKey.toBase58(),
  instructions: [SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 1 })],
});
const wire = (version: "legacy" | 0): Uint8Array => {
  const transaction = new VersionedTransaction(
    version === 0 ? message.compileToV0Message() : message.compileToLegacyMessage(),
  );
  transaction.sign([payer]);
  return Uint8Array.from(transaction.serialize());
};

/** With one byte replaced. */
const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
};

describe("transactions on the wire", () => {
  for (const version of ["legacy", 0] as const)
    it(`of version ${version} are read as the client wrote them`, () => {
      const parsed = parseTransaction(wire(version));
      assert.equal(parsed.message.version, version);
      assert.deepEqual(parsed.message.staticKeys, [
        payer.publicKey.toBase58(),
        to.toBase58(),
        SystemProgram.programId.toBase58(),
      ]);
      assert.equal(parsed.message.blockhash, message.recentBlockhash);
      assert.equal(parsed.signatures.length, 1);
      assert.deepEqual(
        [0, 1, 2].map((index) => isWritable(parsed.message, NO_LOADED_KEYS, index)),
        [true, true, false],
      );
      assert.deepEqual(parseMessage(wire(version).subarray(65)), parsed.message);
    });

  it("count the keys of lookup tables after their own", () => {
    const { message: own } = parseTransaction(wire(0));
    const loaded = { writable: ["w"], readonly: ["r"] };
    assert.deepEqual(allKeys(own, loaded).slice(3), ["w", "r"]);
    assert.deepEqual([isWritable(own, loaded, 3), isWritable(own, loaded, 4)], [true, false]);
  });

  // Offsets in the old form: 1 + 64 of signatures, 3 of header, 1 + 96 of keys, 32 of blockhash, 1, program, 1 + 2, 1 + 12.
  for (const [what, bytes] of [
    ["nothing", new Uint8Array()],
    ["an early end", wire("legacy").subarray(0, -1)],
    ["more than one transaction", Uint8Array.from([...wire("legacy"), 0])],
    ["too many bytes", new Uint8Array(1_233)],
    ["no signature", Uint8Array.from([0, ...wire("legacy").subarray(65)])],
    ["a missing signature", changed(wire("legacy"), 65, 2)],
    ["nobody who pays", changed(wire("legacy"), 66, 1)],
    ["more read-only keys than keys", changed(wire("legacy"), 67, 3)],
    [
      "a key twice",
      Uint8Array.from([
        ...wire("legacy").subarray(0, 101),
        ...wire("legacy").subarray(69, 101),
        ...wire("legacy").subarray(133),
      ]),
    ],
    ["a program that pays", changed(wire("legacy"), 198, 0)],
    ["a program that is not there", changed(wire("legacy"), 198, 3)],
    ["an account that is not there", changed(wire("legacy"), 201, 3)],
    ["a length of two bytes that needs one", Uint8Array.from([0x81, 0, ...wire("legacy").subarray(1)])],
    ["a length above 65,535", Uint8Array.from([0xff, 0xff, 0x7f, ...wire("legacy").subarray(1)])],
    ["a version to come", changed(wire(0), 65, 0x81)],
    ["an empty lookup", Uint8Array.from([...wire(0).subarray(0, -1), 1, ...new Uint8Array(34)])],
  ] as const)
    it(`refuse ${what}`, () => {
      assert.throws(() => parseTransaction(bytes), /input\/(malformed|too-large)/);
    });

  it("whatever the bytes, are read or refused by name", () => {
    holds(
      fc.property(fc.nat(), fc.nat(255), fc.nat(), fc.nat(255), fc.boolean(), (a, x, b, y, old) => {
        const whole = wire(old ? "legacy" : 0);
        const bytes = changed(changed(whole, a % whole.length, x), 65 + (b % (whole.length - 65)), y);
        try {
          assert.deepEqual(parseTransaction(bytes).raw, bytes);
        } catch (error) {
          assert.ok(error instanceof ChronoError, String(error));
        }
      }),
    );
  });
});
