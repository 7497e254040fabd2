import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { verdictOf } from "../../../test/vectors/load.ts";
import { decodeLeaf, encodeLeaf, type Leaf } from "./leaf.ts";
import { type DurationNs, MAX_U64, type TaiNs } from "./time.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: MAX_U64 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyLeaf: fc.Arbitrary<Leaf> = fc.record(
  {
    time: u64.map((value) => value as TaiNs),
    uncertainty: u64.map((value) => value as DurationNs),
    serial: u64,
    policyId: u32,
    flags: u32,
    imprint: hash,
    context: hash,
  },
  { noNullPrototype: true },
);
const plain: Leaf = {
  time: 0x0102030405060708n as TaiNs,
  uncertainty: 0x090a0b0c0d0e0f10n as DurationNs,
  serial: 0x1112131415161718n,
  policyId: 0x191a1b1c,
  flags: 0x1d1e1f20,
  imprint: Uint8Array.from({ length: 32 }, (_, i) => 0x21 + i),
  context: Uint8Array.from({ length: 32 }, (_, i) => 0x41 + i),
};

describe("leaf", () => {
  it("any leaf comes back from its bytes, and any 96 bytes from their leaf", () => {
    holds(fc.property(anyLeaf, (leaf) => assert.deepEqual(decodeLeaf(encodeLeaf(leaf)), leaf)));
    const bytes = fc.uint8Array({ minLength: 96, maxLength: 96 });
    holds(fc.property(bytes, (all) => assert.deepEqual(encodeLeaf(decodeLeaf(all)), all)));
  });

  it("puts every byte in its place", () => {
    assert.deepEqual(
      encodeLeaf(plain),
      Uint8Array.from({ length: 96 }, (_, i) => i + 1),
    );
  });

  it("what was decoded from a Buffer does not change with the Buffer", () => {
    const buffer = Buffer.from(encodeLeaf(plain));
    const decoded = decodeLeaf(buffer);
    buffer.fill(0);
    assert.deepEqual(decoded, plain);
  });

  const wrong: [string, object][] = [
    ...["time", "uncertainty", "serial"].flatMap((field): [string, object][] => [
      [`${field} negative`, { [field]: -1n }],
      [`${field} above uint64`, { [field]: MAX_U64 + 1n }],
    ]),
    ...["policyId", "flags"].flatMap((field): [string, object][] => [
      [`${field} negative`, { [field]: -1 }],
      [`${field} above uint32`, { [field]: 2 ** 32 }],
      [`${field} with a fraction`, { [field]: 0.5 }],
    ]),
    ["a short imprint", { imprint: new Uint8Array(31) }],
    ["a long context", { context: new Uint8Array(33) }],
  ];
  for (const [name, change] of wrong)
    it(`does not encode ${name}`, () =>
      assert.equal(
        verdictOf(() => encodeLeaf({ ...plain, ...change })),
        "proof/malformed",
      ));

  it("decodes exactly 96 bytes", () => {
    for (const length of [0, 1, 95, 97, 192])
      assert.equal(
        verdictOf(() => decodeLeaf(new Uint8Array(length))),
        "proof/malformed",
      );
  });
});
