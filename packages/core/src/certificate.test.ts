import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import vectors from "../../../test/vectors/certificates.json" with { type: "json" };
import { fromHex, verdictOf } from "../../../test/vectors/load.ts";
import {
  type Certificate,
  decodeCertificate,
  encodeCertificate,
  MAX_CERTIFICATE_BYTES,
  signerBitmap,
} from "./certificate.ts";

const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
const anyCertificate: fc.Arbitrary<Certificate> = fc
  .tuple(
    fc.uint8Array({ minLength: 160, maxLength: 160 }),
    fc.uniqueArray(fc.integer({ min: 0, max: 31 }), { maxLength: 32 }),
    fc.array(signature, { minLength: 32, maxLength: 32 }),
  )
  .map(([statement, signers, signatures]) => ({
    statement,
    signers: signers.toSorted((a, b) => a - b),
    signatures: signatures.slice(0, signers.length),
  }));

const first = vectors.vectors[0];
assert.ok(first !== undefined);
const good = decodeCertificate(fromHex(first.bytes));

describe("certificate", () => {
  it("any certificate comes back from its bytes", () => {
    holds(
      fc.property(anyCertificate, (certificate) =>
        assert.deepEqual(decodeCertificate(encodeCertificate(certificate)), certificate),
      ),
    );
  });

  it("every vector of a sound form encodes to the same bytes and splits at the stated places", () => {
    let count = 0;
    for (const vector of vectors.vectors) {
      if (vector.verdict === "certificate/malformed") continue;
      const certificate = decodeCertificate(fromHex(vector.bytes));
      assert.deepEqual(encodeCertificate(certificate), fromHex(vector.bytes));
      assert.deepEqual(certificate.statement, fromHex(vector.statement));
      assert.equal(signerBitmap(certificate.signers), Number(vector.signers));
      assert.deepEqual(Uint8Array.from(certificate.signatures.flatMap((one) => [...one])), fromHex(vector.signatures));
      count++;
    }
    assert.ok(count > 80);
  });

  it("node 0 is the most significant bit, node 31 the least", () => {
    assert.equal(signerBitmap([]), 0);
    assert.equal(signerBitmap([0]), 0x8000_0000);
    assert.equal(signerBitmap([31]), 1);
    assert.equal(signerBitmap([0, 1, 2]), 0xe000_0000);
    assert.equal(signerBitmap(Array.from({ length: 32 }, (_, index) => index)), 0xffff_ffff);
    for (const index of [-1, 32, 0.5, Number.NaN])
      assert.equal(
        verdictOf(() => signerBitmap([index])),
        "certificate/malformed",
      );
  });

  it("every other length than the implied one is refused", () => {
    const bytes = encodeCertificate(good);
    assert.equal(bytes.length, 164 + 3 * 64);
    for (let length = 0; length < bytes.length + 130; length++) {
      const changed = new Uint8Array(length);
      changed.set(bytes.subarray(0, length));
      assert.equal(
        verdictOf(() => decodeCertificate(changed)),
        length === bytes.length ? "accepted" : "certificate/malformed",
      );
    }
  });

  const wrong: [string, Partial<Certificate>][] = [
    ["signers out of order", { signers: [0, 2, 1] }],
    ["a signer twice", { signers: [0, 1, 1] }],
    ["a signer above 31", { signers: [0, 1, 32] }],
    ["a negative signer", { signers: [-1, 0, 1] }],
    ["fewer signatures than signers", { signatures: good.signatures.slice(1) }],
    ["fewer signers than signatures", { signers: [0, 1] }],
    ["a short signature", { signatures: [...good.signatures.slice(1), new Uint8Array(63)] }],
    ["a long signature", { signatures: [...good.signatures.slice(1), new Uint8Array(65)] }],
    ["a short statement", { statement: new Uint8Array(159) }],
  ];
  for (const [name, change] of wrong)
    it(`does not encode ${name}`, () =>
      assert.equal(
        verdictOf(() => encodeCertificate({ ...good, ...change })),
        "certificate/malformed",
      ));

  it("is at most as long as one of 32 signers", () => {
    const signers = Array.from({ length: 32 }, (_, index) => index);
    const signatures = signers.map(() => new Uint8Array(64));
    assert.equal(encodeCertificate({ ...good, signers, signatures }).length, MAX_CERTIFICATE_BYTES);
  });

  it("what was decoded from a Buffer does not change with the Buffer", () => {
    const buffer = Buffer.from(encodeCertificate(good));
    const decoded = decodeCertificate(buffer);
    buffer.fill(0);
    assert.deepEqual(decoded, good);
  });

  it("decodes from the middle of a larger buffer", () => {
    const bytes = encodeCertificate(good);
    const large = new Uint8Array(bytes.length + 50).fill(0xff);
    large.set(bytes, 13);
    assert.deepEqual(decodeCertificate(large.subarray(13, 13 + bytes.length)), good);
  });
});
