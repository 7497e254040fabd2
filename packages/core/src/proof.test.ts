import assert from "node:assert/strict";
import * as fc from "fast-check";
import { verifyByNodeCrypto } from "../../../test/support/node-verify.ts";
import { holds } from "../../../test/support/property.ts";
import { fromHex, nodeSet, verdictOf } from "../../../test/vectors/load.ts";
import vectors from "../../../test/vectors/proofs.json" with { type: "json" };
import { MAX_CERTIFICATE_BYTES } from "./certificate.ts";
import { directionBits, pathDirections } from "./merkle.ts";
import { decodeProof, encodeProof, proofFromJson, proofToJson, type TemporalProof, verifyProof } from "./proof.ts";

type Vector = (typeof vectors.vectors)[number];
const toProof = (vector: Vector): TemporalProof => ({
  leaf: fromHex(vector.leaf),
  index: vector.index,
  size: vector.size,
  path: vector.path.map(fromHex),
  certificate: fromHex(vector.certificate),
});
const optionsOf = (vector: Vector) =>
  vector.bracketed
    ? {
        verify: verifyByNodeCrypto,
        after: {
          set: nodeSet(vector.afterSet),
          certificate: fromHex(vector.afterCertificate),
          nonce: fromHex(vector.afterNonce),
        },
      }
    : { verify: verifyByNodeCrypto };
const named = (name: string): Vector => vectors.vectors.find((one) => one.name === name) ?? assert.fail(name);
const plain = toProof(named("leaf 4 of 5"));

describe("temporal proof", () => {
  it("the vectors hold every code that can refuse a proof", () => {
    const seen = new Set(vectors.vectors.map(({ verdict }) => verdict));
    for (const code of ["accepted", "proof/malformed", "proof/path", "proof/leaf-after-certificate", "proof/context"])
      assert.ok(seen.has(code), code);
  });

  for (const vector of vectors.vectors)
    it(`${vector.verdict}: ${vector.name}`, () => {
      const proof = toProof(vector);
      assert.equal(
        verdictOf(() => verifyProof(proof, nodeSet(vector.set), optionsOf(vector))),
        vector.verdict,
      );
      if (vector.verdict === "proof/malformed") {
        assert.equal(
          verdictOf(() => encodeProof(proof)),
          "proof/malformed",
        );
        assert.equal(
          verdictOf(() => proofToJson(proof)),
          "proof/malformed",
        );
        // A leaf of another length only shifts what follows it: then the certificate is refused.
        const read = () => verifyProof(decodeProof(fromHex(vector.binary)), nodeSet(vector.set));
        assert.match(verdictOf(read), vector.name.startsWith("leaf") ? /malformed$/ : /^proof\/malformed$/);
        return;
      }
      assert.deepEqual(encodeProof(proof), fromHex(vector.binary));
      assert.deepEqual(decodeProof(fromHex(vector.binary)), proof);
      assert.deepEqual(proofFromJson(JSON.parse(JSON.stringify(proofToJson(proof)))), proof);
      assert.equal(String(directionBits(pathDirections(vector.index, vector.size))), vector.directions);
    });

  it("says what is proven by whom", () => {
    const verified = verifyProof(plain, nodeSet(0));
    const certified = nodeSet(0).validFrom + 1_000_000_001n;
    assert.equal(verified.existedBefore, certified);
    assert.deepEqual(verified.arrival, { time: certified - 5_000_000n, uncertainty: 250_000n });
    assert.equal(verified.sequence, 42n);
    assert.equal(verified.test, false);
    assert.equal("happenedAfter" in verified, false);
    const test = named("a test network");
    assert.equal(verifyProof(toProof(test), nodeSet(test.set)).test, true);
  });

  it("a bracketed proof says both ends, and only when asked", () => {
    const vector = named("bracketed");
    const verified = verifyProof(toProof(vector), nodeSet(0), optionsOf(vector));
    assert.equal(verified.happenedAfter, verified.existedBefore - 500_000_000n);
    assert.equal(verifyProof(toProof(vector), nodeSet(0)).happenedAfter, undefined);
    const after = { certificate: fromHex(vector.afterCertificate), nonce: fromHex(vector.afterNonce) };
    assert.equal(verifyProof(toProof(vector), nodeSet(0), { after }).happenedAfter, verified.happenedAfter);
    const short = { ...after, nonce: new Uint8Array(31) };
    assert.equal(
      verdictOf(() => verifyProof(toProof(vector), nodeSet(0), { after: short })),
      "proof/context",
    );
  });

  it("every change of a single byte of the binary form is refused", () => {
    const bytes = encodeProof(plain);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const verdict = verdictOf(() => verifyProof(decodeProof(changed), nodeSet(0), { verify: verifyByNodeCrypto }));
      assert.notEqual(verdict, "accepted", `byte ${at}`);
    }
  });

  it("a cut or lengthened binary form is refused", () => {
    const bytes = encodeProof(plain);
    for (let length = 0; length < bytes.length; length++)
      assert.notEqual(
        verdictOf(() => verifyProof(decodeProof(bytes.subarray(0, length)), nodeSet(0))),
        "accepted",
      );
    const longer = Uint8Array.from([...bytes, 0]);
    assert.equal(
      verdictOf(() => verifyProof(decodeProof(longer), nodeSet(0))),
      "certificate/malformed",
    );
  });

  it("no bytes and no JSON make it throw anything but a named error", () => {
    const head = encodeProof(plain).subarray(0, 17);
    const bytes = fc.uint8Array({ maxLength: 600 });
    const framed = bytes.map((tail) => Uint8Array.from([...head, ...tail]));
    holds(
      fc.property(fc.oneof(bytes, framed), (all) => {
        assert.notEqual(
          verdictOf(() => verifyProof(decodeProof(all), nodeSet(0), { verify: verifyByNodeCrypto })),
          "accepted",
        );
      }),
    );
    holds(
      fc.property(fc.jsonValue(), (value) =>
        assert.equal(
          verdictOf(() => proofFromJson(value)),
          "proof/malformed",
        ),
      ),
    );
  });

  it("sizes are bounded: path, certificate, index and size", () => {
    const tooLong = new Uint8Array(MAX_CERTIFICATE_BYTES + 1);
    const wrong: Partial<TemporalProof>[] = [
      { certificate: tooLong },
      { size: 2 ** 32, index: 2 ** 32 - 1 },
      { index: -1 },
      { index: 0.5 },
      { size: Number.POSITIVE_INFINITY },
      { path: [new Uint8Array(31)] },
      { path: Array.from({ length: 33 }, () => new Uint8Array(32)) },
    ];
    for (const change of wrong) {
      assert.equal(
        verdictOf(() => encodeProof({ ...plain, ...change })),
        "proof/malformed",
      );
      assert.equal(
        verdictOf(() => proofToJson({ ...plain, ...change })),
        "proof/malformed",
      );
    }
  });

  it("the JSON envelope takes nothing else", () => {
    const json = proofToJson(plain);
    assert.equal(json.version, 1);
    const wrong: object[] = [
      { ...json, version: 2 },
      { ...json, more: 1 },
      { ...json, index: "4" },
      { ...json, index: 5 },
      { ...json, leaf: json.leaf.slice(1) },
      { ...json, path: [...json.path, json.path[0]] },
      { ...json, path: json.path[0] },
      { ...json, certificate: "A".repeat(3_000) },
      { ...json, certificate: 1 },
      Object.fromEntries(Object.entries(json).filter(([key]) => key !== "leaf")),
    ];
    for (const value of wrong)
      assert.equal(
        verdictOf(() => proofFromJson(value)),
        "proof/malformed",
      );
    for (const leaf of [`${json.leaf.slice(1)}=`, `${json.leaf.slice(1)}+`])
      assert.equal(
        verdictOf(() => proofFromJson({ ...json, leaf })),
        "input/malformed",
      );
  });

  it("what was decoded from a Buffer does not change with the Buffer", () => {
    const buffer = Buffer.from(encodeProof(plain));
    const decoded = decodeProof(buffer);
    buffer.fill(0);
    assert.deepEqual(decoded, plain);
  });
});
