import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { fromHex, toStatement, verdictOf } from "../../../test/vectors/load.ts";
import setsFile from "../../../test/vectors/node-sets.json" with { type: "json" };
import vectors from "../../../test/vectors/statements.json" with { type: "json" };
import { bytesToHex } from "./bytes.ts";
import { registrationStatement } from "./registration.ts";
import { verifySignature } from "./signature.ts";
import {
  anchorDigest,
  decodeStatement,
  encodeStatement,
  type Kind,
  type Statement,
  statementDigest,
} from "./statement.ts";
import { type DurationNs, MAX_U64, type TaiNs } from "./time.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: MAX_U64 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyStatement: fc.Arbitrary<Statement> = fc.record(
  {
    kind: fc.constantFrom<Kind>(1, 2, 3, 4, 5),
    flags: fc.integer({ min: 0, max: 15 }),
    taiMinusUtc: fc.integer({ min: -32_768, max: 32_767 }),
    networkId: u32,
    epoch: u32,
    policyId: u32,
    time: u64.map((value) => value as TaiNs),
    uncertainty: u64.map((value) => value as DurationNs),
    sequence: u64,
    previousTime: u64.map((value) => value as TaiNs),
    imprint: hash,
    link: hash,
    anchor: hash,
  },
  { noNullPrototype: true },
);

const first = vectors.accepted[0];
assert.ok(first !== undefined);
const plain = toStatement(first);

describe("statement", () => {
  for (const vector of vectors.accepted)
    it(`encodes and decodes: ${vector.name}`, () => {
      const bytes = fromHex(vector.bytes);
      assert.equal(`0x${bytesToHex(encodeStatement(toStatement(vector)))}`, vector.bytes);
      assert.deepEqual(decodeStatement(bytes), toStatement(vector));
      assert.equal(`0x${bytesToHex(statementDigest(bytes))}`, vector.digest);
    });

  for (const vector of vectors.rejected)
    it(`refuses with ${vector.error}: ${vector.name}`, () =>
      assert.equal(
        verdictOf(() => decodeStatement(fromHex(vector.bytes))),
        vector.error,
      ));

  it("any statement comes back from its bytes", () => {
    holds(
      fc.property(anyStatement, (statement) =>
        assert.deepEqual(decodeStatement(encodeStatement(statement)), statement),
      ),
    );
  });

  it("whatever decodes encodes to the same bytes", () => {
    const bytes = fc.tuple(hash, fc.uint8Array({ minLength: 144, maxLength: 144 })).map(([, tail]) => {
      const all = new Uint8Array(160);
      all.set(Buffer.from("ChronoLedger/TS1"));
      all.set(tail, 16);
      all[16] = 1 + ((tail[0] ?? 0) % 5);
      all[17] = (tail[1] ?? 0) % 16;
      return all;
    });
    holds(fc.property(bytes, (all) => assert.deepEqual(encodeStatement(decodeStatement(all)), all)));
  });

  it("no bytes make it throw anything but a named error", () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) =>
        assert.notEqual(
          verdictOf(() => decodeStatement(bytes)),
          "accepted",
        ),
      ),
    );
  });

  const refused: [string, object, string][] = [
    ["kind 0", { kind: 0 }, "statement/kind"],
    ["kind 6", { kind: 6 }, "statement/kind"],
    ["kind 1.5", { kind: 1.5 }, "statement/kind"],
    ["kind NaN", { kind: Number.NaN }, "statement/kind"],
    ["an unknown flag", { flags: 16 }, "statement/flags"],
    ["flags of 33 bits, whose low ones are known", { flags: 2 ** 32 + 1 }, "statement/flags"],
    ["flags with a fraction", { flags: 1.5 }, "statement/flags"],
    ["negative flags", { flags: -1 }, "statement/flags"],
    ["a TAI offset below int16", { taiMinusUtc: -32_769 }, "statement/malformed"],
    ["a TAI offset above int16", { taiMinusUtc: 32_768 }, "statement/malformed"],
    ["a TAI offset with a fraction", { taiMinusUtc: 36.5 }, "statement/malformed"],
    ...["networkId", "epoch", "policyId"].flatMap((field): [string, object, string][] => [
      [`${field} negative`, { [field]: -1 }, "statement/malformed"],
      [`${field} above uint32`, { [field]: 2 ** 32 }, "statement/malformed"],
      [`${field} no number`, { [field]: Number.NaN }, "statement/malformed"],
    ]),
    ...["time", "uncertainty", "sequence", "previousTime"].flatMap((field): [string, object, string][] => [
      [`${field} negative`, { [field]: -1n }, "statement/malformed"],
      [`${field} above uint64`, { [field]: 2n ** 64n }, "statement/malformed"],
    ]),
    ...["imprint", "link", "anchor"].flatMap((field): [string, object, string][] => [
      [`${field} of 31 bytes`, { [field]: new Uint8Array(31) }, "statement/malformed"],
      [`${field} of 33 bytes`, { [field]: new Uint8Array(33) }, "statement/malformed"],
    ]),
  ];
  for (const [name, change, error] of refused)
    it(`does not encode ${name}`, () =>
      assert.equal(
        verdictOf(() => encodeStatement({ ...plain, ...change })),
        error,
      ));

  it("what was decoded from a Buffer does not change with the Buffer", () => {
    const buffer = Buffer.from(encodeStatement(plain));
    const decoded = decodeStatement(buffer);
    buffer.fill(0);
    assert.deepEqual(decoded, plain);
  });

  it("decodes from the middle of a larger buffer", () => {
    const large = new Uint8Array(300).fill(0xee);
    large.set(encodeStatement(plain), 77);
    assert.deepEqual(decodeStatement(large.subarray(77, 237)), plain);
  });

  it("digests the anchors in index order", () => {
    for (const vector of vectors.anchorDigests)
      assert.equal(`0x${bytesToHex(anchorDigest(vector.anchors.map(fromHex)))}`, vector.digest);
    assert.ok(vectors.anchorDigests.length >= 4);
    assert.equal(
      verdictOf(() => anchorDigest([new Uint8Array(31)])),
      "statement/malformed",
    );
  });

  it("registrations are the vectors' statements, and the nodes' signatures over them verify", () => {
    let count = 0;
    for (const set of setsFile.sets)
      for (const [index, key] of set.keys.entries()) {
        const statement = registrationStatement({
          networkId: set.networkId,
          epoch: set.epoch,
          key: fromHex(key),
          evidence: fromHex(set.evidence[index] ?? ""),
        });
        assert.equal(`0x${bytesToHex(statement)}`, set.registrations[index]);
        assert.ok(verifySignature(statement, fromHex(set.registrationSignatures[index] ?? ""), fromHex(key)));
        count++;
      }
    assert.equal(count, 67);
    const key = new Uint8Array(63);
    assert.equal(
      verdictOf(() => registrationStatement({ networkId: 1, epoch: 1, key, evidence: new Uint8Array(32) })),
      "statement/malformed",
    );
  });
});
