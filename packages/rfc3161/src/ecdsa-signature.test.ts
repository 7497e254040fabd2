import assert from "node:assert/strict";
import { concatBytes, P256_N, verifySignature } from "@chronoledger/core";
import { newKey } from "../../../test/support/rfc3161-rig.ts";
import { integer, sequence } from "./der.ts";
import { normalisedDer, readEcdsaSignature } from "./ecdsa-signature.ts";

const malformed = { code: "input/malformed" };
const der = (r: bigint, s: bigint): Uint8Array => sequence(integer(r), integer(s));

describe("an ECDSA signature in DER", () => {
  it("reads as r || s that verifies, whether its s was high or low", async () => {
    const key = newKey();
    const message = Uint8Array.of(1, 2, 3);
    const seen = new Set<boolean>();
    while (seen.size < 2) {
      const made = await key.sign(message);
      const raw = readEcdsaSignature(made);
      assert.ok(verifySignature(message, raw, key.publicKey));
      const low = normalisedDer(made);
      assert.deepEqual(readEcdsaSignature(low), raw);
      seen.add(Buffer.from(low).equals(made));
    }
  });

  it("is refused with r or s outside 1 to n - 1: 2^256 more would otherwise read as the same", () => {
    readEcdsaSignature(der(1n, P256_N - 1n));
    for (const wrong of [0n, -1n, P256_N, (1n << 256n) + 1n, (1n << 263n) + 1n, 1n << 264n]) {
      assert.throws(() => readEcdsaSignature(der(wrong, 1n)), malformed, `r ${wrong}`);
      assert.throws(() => readEcdsaSignature(der(1n, wrong)), malformed, `s ${wrong}`);
    }
  });

  it("is refused with a member too many or too few, cut, or followed by anything", () => {
    const good = der(5n, 6n);
    for (let end = 0; end < good.length; end++)
      assert.throws(() => readEcdsaSignature(good.subarray(0, end)), malformed);
    assert.throws(() => readEcdsaSignature(concatBytes(good, Uint8Array.of(0))), malformed);
    assert.throws(() => readEcdsaSignature(sequence(integer(1n))), malformed);
    assert.throws(() => readEcdsaSignature(sequence(integer(1n), integer(2n), integer(3n))), malformed);
  });
});
