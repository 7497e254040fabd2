import assert from "node:assert/strict";
import { hexToBytes } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { edited } from "../../../test/support/rfc3161-rig.ts";
import { bitString, integer, octetString, oid, readDer, readInteger, readOid, sequence, setOf, tlv } from "./der.ts";

const malformed = { code: "input/malformed" };
const read = (hex: string) => readDer(hexToBytes(hex), 1_000);

describe("DER", () => {
  for (const [what, hex] of [
    ["nothing", ""],
    ["a length in a longer form than needed", "30810302010" + "5"],
    ["a length with a leading zero", "3082000302010" + "5"],
    ["an indefinite length", "30800201050000"],
    ["an indefinite length inside", "30073080020105" + "0000"],
    ["a length of more octets than exist", "3084ffffffff020105"],
    ["a length of 2^56", "308701000000000000" + "00"],
    ["the reserved length", "30ff020105"],
    ["a length beyond the end", "3004020105"],
    ["a byte after the end", "300302010500"],
    ["a member that reaches beyond its parent", "3003020205"],
    ["a constructed octet string", "2403040141"],
    ["a primitive sequence", "1003020105"],
    ["a tag of several octets", "1f8101020105"],
    ["an end of contents", "0000"],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(() => read(hex), malformed);
    });

  it("refuses nesting without end, and more bytes than allowed", () => {
    let nested: Uint8Array = Uint8Array.of(5, 0);
    for (let depth = 0; depth < 5_000; depth++) nested = sequence(nested);
    assert.throws(() => readDer(nested, nested.length), malformed);
    assert.throws(() => readDer(octetString(new Uint8Array(10)), 11), malformed);
  });

  it("keeps a copy: a caller that uses its buffer again changes nothing", () => {
    const bytes = sequence(octetString(Uint8Array.of(1, 2)));
    const node = readDer(bytes, 100);
    bytes.fill(0);
    assert.deepEqual(node.children[0]?.content, Uint8Array.of(1, 2));
  });

  it("reads back what it writes, at every size of length", () => {
    for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = new Uint8Array(size).fill(7);
      assert.deepEqual(readDer(octetString(content), 70_000).content, content);
    }
  });

  it("writes and reads integers in the shortest form only", () => {
    holds(
      fc.property(fc.bigInt({ min: -(1n << 256n), max: 1n << 256n }), (value) => {
        assert.equal(readInteger(readDer(integer(value), 100), 33), value);
      }),
    );
    for (const hex of ["0200", "02020001", "0202ff80", "020400000001"])
      assert.throws(() => readInteger(read(hex), 33), malformed);
    assert.throws(() => readInteger(read("0203010000"), 2), malformed);
    assert.equal(readInteger(read("02020080"), 2), 128n);
    assert.equal(readInteger(read("020180"), 2), -128n);
  });

  it("writes and reads object identifiers with arcs of any size", () => {
    holds(
      fc.property(
        fc.constantFrom(0, 1, 2),
        fc.bigInt({ min: 0n, max: 39n }),
        fc.array(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), { minLength: 1, maxLength: 3 }),
        (root, second, rest) => {
          const dotted = [root, second, ...rest].join(".");
          assert.equal(readOid(readDer(oid(dotted), 100)), dotted);
        },
      ),
    );
    assert.deepEqual(oid("2.999.3"), hexToBytes("0603883703"));
    for (const hex of ["0600", "060180", "06028001", "06032a8001", "060288"])
      assert.throws(() => readOid(read(hex)), malformed);
    for (const dotted of ["", "1", "3.1", "1.40", "1.2.", "1.02", "1.2.x", "1.-2"])
      assert.throws(() => oid(dotted), malformed, dotted);
  });

  it("orders the members of a set", () => {
    const [a, b, c] = [tlv(2, Uint8Array.of(1)), tlv(2, Uint8Array.of(2)), tlv(4, Uint8Array.of(0))];
    assert.deepEqual(setOf(c, b, a), setOf(a, b, c));
    assert.deepEqual(
      readDer(setOf(c, b, a), 100).children.map((node) => node.raw),
      [a, b, c],
    );
  });

  it("never throws anything else, whatever the bytes", () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const { raw } = readDer(bytes, 100);
          assert.deepEqual(raw, bytes);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "input/malformed");
        }
      }),
    );
  });
});

describe("editing DER in tests", () => {
  it("changes nothing but the value at the path, and the lengths above it", () => {
    const der = sequence(sequence(oid("1.2.3"), bitString(Uint8Array.of(1))), oid("1.2.4"));
    assert.deepEqual(
      edited(der, [0, 1], (node) => [node.raw]),
      der,
    );
    assert.deepEqual(
      edited(der, [0, 1], (node) => [node.raw, oid("1.2.5")]),
      sequence(sequence(oid("1.2.3"), bitString(Uint8Array.of(1)), oid("1.2.5")), oid("1.2.4")),
    );
  });
});
