import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import * as fc from "fast-check";
import { verifyByNodeCrypto, verifyByWebCrypto } from "../../../test/support/node-verify.ts";
import { holds } from "../../../test/support/property.ts";
import { fromHex, verdictOf } from "../../../test/vectors/load.ts";
import vectors from "../../../test/vectors/signatures.json" with { type: "json" };
import { isOnCurve, normaliseLowS, P256_N, verifySignature } from "./signature.ts";

const SECRET = createHash("sha256").update("signature test").digest();
const KEY = p256.getPublicKey(SECRET, false).subarray(1);
const lowSBytes = (s: bigint): Uint8Array => fromHex(`0x${"00".repeat(31)}01${s.toString(16).padStart(64, "0")}`);

describe("signature", () => {
  it("there are accepted and refused vectors", () => {
    const accepted = vectors.vectors.filter(({ valid }) => valid).length;
    assert.ok(accepted >= 20 && vectors.vectors.length - accepted >= 40);
  });

  for (const vector of vectors.vectors)
    it(`${vector.valid ? "accepts" : "refuses"}: ${vector.name}; OpenSSL and WebCrypto agree`, async () => {
      const [message, signature, key] = [vector.message, vector.signature, vector.key].map(fromHex) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      assert.equal(verifySignature(message, signature, key), vector.valid);
      assert.equal(verifyByNodeCrypto(message, signature, key), vector.valid);
      assert.equal(await verifyByWebCrypto(message, signature, key), vector.valid);
      if (vector.valid) assert.ok(isOnCurve(key));
    });

  it("keys off the curve, not reduced, or of another length are no keys", () => {
    const offCurve = vectors.vectors.filter(({ name }) => /^(no key|key (?!on the curve))/.test(name));
    assert.ok(offCurve.length >= 8);
    for (const { name, key } of offCurve) assert.equal(isOnCurve(fromHex(key)), false, name);
  });

  it("OpenSSL's signatures verify once normalised, and never when high-S", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const key = Buffer.concat([Buffer.from(jwk.x ?? "", "base64url"), Buffer.from(jwk.y ?? "", "base64url")]);
    let high = 0;
    // The chance that 64 signatures are all low-S, or all high-S, is 2^-63.
    for (let i = 0; i < 64; i++) {
      const message = Buffer.from(`message ${i}`);
      const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const low = normaliseLowS(signature);
      assert.ok(verifySignature(message, low, key));
      if (Buffer.compare(low, signature) === 0) continue;
      high++;
      assert.equal(verifySignature(message, signature, key), false);
    }
    assert.ok(high > 0 && high < 64);
  });

  it("normalising is idempotent, keeps a low s and leaves its input alone", () => {
    const half = (P256_N - 1n) / 2n;
    for (const s of [1n, 2n, half]) assert.deepEqual(normaliseLowS(lowSBytes(s)), lowSBytes(s));
    for (const s of [half + 1n, half + 2n, P256_N - 1n]) {
      const input = lowSBytes(s);
      const once = normaliseLowS(input);
      assert.deepEqual(once, lowSBytes(P256_N - s));
      assert.deepEqual(normaliseLowS(once), once);
      assert.deepEqual(input, lowSBytes(s));
    }
  });

  it("normalising refuses what is no signature", () => {
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(63),
      new Uint8Array(64),
      lowSBytes(P256_N),
      lowSBytes((1n << 255n) | ((1n << 256n) - 1n)),
    ])
      assert.equal(
        verdictOf(() => normaliseLowS(bytes)),
        "input/out-of-range",
      );
  });

  it("a normalised Buffer does not share memory with the original", () => {
    const input = Buffer.from(lowSBytes(5n));
    const output = normaliseLowS(input);
    input.fill(0);
    assert.deepEqual(output, lowSBytes(5n));
  });

  it("no bytes of any length make it throw", () => {
    const bytes = fc.uint8Array({ maxLength: 130 });
    holds(
      fc.property(
        bytes,
        fc.oneof(bytes, fc.uint8Array({ minLength: 64, maxLength: 64 })),
        fc.oneof(bytes, fc.constant(KEY)),
        (m, s, k) => {
          assert.equal(verifySignature(m, s, k), false);
          if (k.length !== 64) assert.equal(isOnCurve(k), false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("any message signed by RFC 6979 verifies, under all three implementations", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (message) => {
        const signature = p256.sign(message, SECRET, { lowS: true, prehash: true, format: "compact" });
        assert.ok(verifySignature(message, signature, KEY));
        assert.ok(verifyByNodeCrypto(message, signature, KEY));
        assert.ok(await verifyByWebCrypto(message, signature, KEY));
      }),
      { numRuns: 20 },
    );
  });
});
