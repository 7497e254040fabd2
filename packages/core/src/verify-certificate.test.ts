import assert from "node:assert/strict";
import * as fc from "fast-check";
import { verifyByNodeCrypto } from "../../../test/support/node-verify.ts";
import { holds } from "../../../test/support/property.ts";
import vectors from "../../../test/vectors/certificates.json" with { type: "json" };
import { fromHex, nodeSet, toStatement, verdictOf } from "../../../test/vectors/load.ts";
import statements from "../../../test/vectors/statements.json" with { type: "json" };
import { checkNodeSet } from "./node-set.ts";
import { FLAG, KNOWN_FLAGS } from "./statement.ts";
import { checkQuorumStatement, verifyCertificate } from "./verify-certificate.ts";

const first = vectors.vectors[0];
const plain = statements.accepted[0];
assert.ok(first !== undefined && plain !== undefined);
const good = fromHex(first.bytes);

describe("certificate verification", () => {
  it("the vectors hold every code that can refuse a certificate", () => {
    const seen = new Set(vectors.vectors.map(({ verdict }) => verdict));
    const wanted = [
      "accepted",
      ...[
        "malformed",
        "kind",
        "flags",
        "network",
        "epoch",
        "policy",
        "uncertainty",
        "validity",
        "test-flag",
        "span",
      ].map((what) => `statement/${what}`),
      ...["malformed", "signer-unknown", "quorum-short", "signature"].map((what) => `certificate/${what}`),
    ];
    assert.deepEqual([...seen].toSorted(), wanted.toSorted());
  });

  for (const vector of vectors.vectors)
    it(`${vector.verdict}: ${vector.name}`, () => {
      const bytes = fromHex(vector.bytes);
      assert.equal(
        verdictOf(() => verifyCertificate(bytes, nodeSet(vector.set))),
        vector.verdict,
      );
      assert.equal(
        verdictOf(() => verifyCertificate(bytes, nodeSet(vector.set), verifyByNodeCrypto)),
        vector.verdict,
      );
    });

  it("a certificate is accepted by exactly the set that it was made for", () => {
    let tried = 0;
    for (const vector of vectors.vectors) {
      if (vector.verdict !== "accepted") continue;
      for (let index = 0; index < 8; index++) {
        if (index === vector.set) continue;
        const verdict = verdictOf(() => verifyCertificate(fromHex(vector.bytes), nodeSet(index), verifyByNodeCrypto));
        assert.ok(
          ["statement/network", "statement/epoch", "statement/policy"].includes(verdict),
          `${vector.name}: ${verdict}`,
        );
        tried++;
      }
    }
    assert.ok(tried > 100);
  });

  it("says who signed and what", () => {
    const { fields, signers, signatures, statement } = verifyCertificate(good, nodeSet(0));
    assert.deepEqual(signers, [0, 1, 2]);
    assert.equal(signatures.length, 3);
    assert.deepEqual(statement, good.subarray(0, 160));
    assert.equal(fields.sequence, 42n);
    assert.equal(fields.time, nodeSet(0).validFrom + 1_000_000_001n);
  });

  it("every change of a single byte is refused", () => {
    for (let at = 0; at < good.length; at++)
      for (const mask of [1, 0x80, 0xff]) {
        const changed = good.slice();
        changed[at] = (changed[at] ?? 0) ^ mask;
        assert.notEqual(
          verdictOf(() => verifyCertificate(changed, nodeSet(0), verifyByNodeCrypto)),
          "accepted",
          `byte ${at} xor ${mask}`,
        );
      }
  });

  it("no bytes make it throw anything but a named error", () => {
    const withHead = fc
      .tuple(fc.uint8Array({ maxLength: 2_500 }), fc.integer({ min: 0, max: 300 }))
      .map(([tail, keep]) => Uint8Array.from([...good.subarray(0, keep), ...tail]));
    holds(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2_500 }), withHead), (bytes) => {
        fc.pre(!Buffer.from(bytes).equals(good));
        assert.notEqual(
          verdictOf(() => verifyCertificate(bytes, nodeSet(0), verifyByNodeCrypto)),
          "accepted",
        );
      }),
      { numRuns: 300 },
    );
  });

  it("asks the verifier for each signer with that node's key and the 160 bytes, once", () => {
    const asked: [number, number][] = [];
    const wide = vectors.vectors.find(({ name }) => name === "32 nodes, the last 22 sign");
    assert.ok(wide !== undefined);
    const set = nodeSet(wide.set);
    verifyCertificate(fromHex(wide.bytes), set, (message, signature, key) => {
      assert.deepEqual(message, fromHex(wide.statement));
      asked.push([set.keys.indexOf(key), signature.length]);
      return true;
    });
    assert.deepEqual(
      asked,
      Array.from({ length: 22 }, (_, at) => [10 + at, 64]),
    );
  });

  it("does no signature check for a statement that is refused anyway", () => {
    for (const vector of vectors.vectors) {
      if (vector.verdict === "accepted" || vector.verdict === "certificate/signature") continue;
      assert.equal(
        verdictOf(() => verifyCertificate(fromHex(vector.bytes), nodeSet(vector.set), () => assert.fail("asked"))),
        vector.verdict,
      );
    }
  });

  it("a set in which n is below 3f + 1 verifies nothing", () => {
    assert.equal(
      verdictOf(() => verifyCertificate(good, { ...nodeSet(0), f: 2 })),
      "node-set/invalid",
    );
  });

  it("a key that stands twice in a set is the reason to check sets: two bits, one node", () => {
    const set = nodeSet(0);
    const [key = new Uint8Array()] = set.keys;
    const doubled = { ...set, keys: [key, key, ...set.keys.slice(2)] };
    assert.equal(
      verdictOf(() => checkNodeSet(doubled)),
      "node-set/invalid",
    );
  });

  it("each known flag is accepted, the test flag only by leave of the policy", () => {
    const statement = { ...toStatement(plain), time: nodeSet(0).validFrom, previousTime: 0n as never };
    for (let flags = 0; flags <= KNOWN_FLAGS; flags++) {
      const verdict = verdictOf(() => checkQuorumStatement({ ...statement, flags }, nodeSet(0)));
      assert.equal(verdict, (flags & FLAG.test) === 0 ? "accepted" : "statement/test-flag");
    }
  });
});
