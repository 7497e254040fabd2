import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { MAX_U64 } from "../time.ts";
import { bytesCodec, Hash, SignedInteger, U32, U64 } from "./json.ts";

const refuses = (codec: { safeDecode(value: never): { success: boolean } }, value: unknown): boolean =>
  !codec.safeDecode(value as never).success;

describe("JSON scalars", () => {
  it("uint64 is a decimal string, for every value", () => {
    holds(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (value) => {
        assert.equal(U64.encode(value), value.toString());
        assert.equal(U64.decode(value.toString()), value);
      }),
    );
  });

  for (const value of [
    "",
    "01",
    "00",
    "-1",
    "-0",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1.0",
    "1e3",
    "0x1",
    "1_000",
    "18446744073709551616",
    "99999999999999999999",
    "1".repeat(10_000),
    1,
    1n,
    null,
    undefined,
    {},
    ["1"],
    true,
  ])
    it(`uint64 refuses ${typeof value === "string" ? JSON.stringify(value.slice(0, 24)) : `${typeof value} ${String(value)}`}`, () =>
      assert.ok(refuses(U64, value)));

  it("does not encode what is out of range", () => {
    for (const value of [-1n, MAX_U64 + 1n]) assert.equal(U64.safeEncode(value).success, false);
    for (const value of [10n ** 38n, -(10n ** 38n)]) assert.equal(SignedInteger.safeEncode(value).success, false);
  });

  it("a signed integer comes back, and has one spelling", () => {
    const limit = 10n ** 38n - 1n;
    holds(
      fc.property(fc.bigInt({ min: -limit, max: limit }), (value) =>
        assert.equal(SignedInteger.decode(SignedInteger.encode(value)), value),
      ),
    );
    for (const value of ["-0", "-01", "01", "+1", "", "-", "1.5", "1".repeat(39), 5])
      assert.ok(refuses(SignedInteger, value), String(value));
  });

  it("bytes come back as base64url, of the stated length only", () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const codec = bytesCodec();
        assert.deepEqual(codec.decode(codec.encode(bytes)), bytes);
        assert.equal(refuses(bytesCodec(32), codec.encode(bytes)), bytes.length !== 32);
        assert.equal(bytesCodec(32).safeEncode(bytes).success, bytes.length === 32);
      }),
    );
    assert.deepEqual(Hash.decode("A".repeat(43)), new Uint8Array(32));
  });

  it("bytes are bounded, and other alphabets refused", () => {
    const codec = bytesCodec();
    assert.deepEqual(codec.decode("A".repeat(5_460)).length, 4_095);
    assert.equal(codec.decode(codec.encode(new Uint8Array(4_096))).length, 4_096);
    for (const value of ["A".repeat(5_463), "AAAA=", "+AAA", "A", "AB", null, 5, {}])
      assert.ok(refuses(codec, value), String(value).slice(0, 20));
    assert.equal(codec.safeEncode(new Uint8Array(4_097)).success, false);
  });

  it("uint32 is a number", () => {
    for (const value of [0, 1, 0xffff_ffff]) assert.equal(U32.parse(value), value);
    for (const value of [-1, 0.5, 2 ** 32, "1", Number.NaN, null]) assert.equal(U32.safeParse(value).success, false);
  });
});
