import assert from "node:assert/strict";
import { bytesToHex, type DurationNs, hexToBytes } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { accuracyOf, encodeAccuracy, readAccuracy } from "./accuracy.ts";
import { readDer } from "./der.ts";

const ns = (value: bigint) => value as DurationNs;
const hexOf = (value: bigint): string => bytesToHex(encodeAccuracy(ns(value)));

describe("accuracy", () => {
  it("leaves a zero member out and keeps the others within 1..999", () => {
    assert.equal(hexOf(1_000n), "3003810101");
    assert.equal(hexOf(999_000n), "300481" + "0203e7");
    assert.equal(hexOf(999_001n), "3003800101");
    assert.equal(hexOf(1_001_000n), "3006800101810101");
    assert.equal(hexOf(1_000_000_000n), "3003020101");
    assert.equal(hexOf(1_000_001_000n), "3006020101810101");
  });

  it("is rounded up to a whole microsecond, and is one at least", () => {
    assert.equal(accuracyOf(ns(0n)), 1_000n);
    assert.equal(accuracyOf(ns(1n)), 1_000n);
    assert.equal(accuracyOf(ns(1_000n)), 1_000n);
    assert.equal(accuracyOf(ns(1_001n)), 2_000n);
  });

  it("reads back, never below the uncertainty and less than a microsecond above", () => {
    holds(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 50n }), (value) => {
        const read = readAccuracy(readDer(encodeAccuracy(ns(value)), 100));
        assert.equal(read, accuracyOf(ns(value)));
        assert.ok(value === 0n || (read >= value && read - value < 1_000n));
      }),
    );
  });

  for (const [what, hex] of [
    ["no member", "3000"],
    ["zero seconds", "3003020100"],
    ["zero millis", "3003800100"],
    ["1000 micros", "3004810203e8"],
    ["negative millis", "3003" + "8001ff"],
    ["members in another order", "3006810101800101"],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(() => readAccuracy(readDer(hexToBytes(hex), 100)), { code: "input/malformed" });
    });
});
