import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { verdictOf } from "../../../test/vectors/load.ts";
import vectors from "../../../test/vectors/time.json" with { type: "json" };
import { ceilSeconds, durationNs, MAX_U64, NS_PER_S, taiNs, toIso8601, toMs, toTai, toUtc, unixNs } from "./time.ts";

const u64 = fc.bigInt({ min: 0n, max: MAX_U64 });

describe("time", () => {
  for (const vector of vectors.instants)
    it(`ISO 8601 and whole seconds: ${vector.name}`, () => {
      const time = unixNs(BigInt(vector.unixNs));
      assert.equal(toIso8601(time, 0), vector.iso0);
      assert.equal(toIso8601(time, 3), vector.iso3);
      assert.equal(toIso8601(time), vector.iso9);
      assert.equal(String(ceilSeconds(time)), vector.ceilSeconds);
    });

  for (const vector of vectors.scales)
    it(`TAI and UTC: ${vector.name}`, () => {
      assert.equal(toTai(unixNs(BigInt(vector.unixNs)), vector.taiMinusUtc), BigInt(vector.taiNs));
      assert.equal(toUtc(taiNs(BigInt(vector.taiNs)), vector.taiMinusUtc), BigInt(vector.unixNs));
    });

  it("ISO 8601 agrees with Date at any millisecond of the range, and appends the rest", () => {
    holds(
      fc.property(u64, (value) => {
        const expected = new Date(Number(value / 1_000_000n)).toISOString();
        assert.equal(toIso8601(unixNs(value), 3), expected);
        assert.equal(
          toIso8601(unixNs(value), 9),
          `${expected.slice(0, 23)}${String(value % 1_000_000n).padStart(6, "0")}Z`,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("ISO 8601 agrees with Date at the first and last second of every month to 2554", () => {
    let months = 0;
    for (let year = 1970; year <= 2553; year++)
      for (let month = 0; month < 12; month++) {
        const start = Date.UTC(year, month, 1);
        for (const ms of year === 1970 && month === 0 ? [start] : [start, start - 1])
          assert.equal(toIso8601(unixNs(BigInt(ms) * 1_000_000n), 3), new Date(ms).toISOString());
        months++;
      }
    assert.equal(months, 584 * 12);
  });

  it("fewer digits truncate, never round up", () => {
    const time = unixNs(1_999_999_999n);
    assert.equal(toIso8601(time, 0), "1970-01-01T00:00:01Z");
    for (let digits = 1; digits <= 9; digits++)
      assert.equal(toIso8601(time, digits), `1970-01-01T00:00:01.${"9".repeat(digits)}Z`);
    for (const digits of [-1, 10, 1.5, Number.NaN])
      assert.equal(
        verdictOf(() => toIso8601(time, digits)),
        "input/out-of-range",
      );
  });

  it("times are uint64, and say so", () => {
    for (const make of [unixNs, taiNs]) {
      assert.equal(make(0n), 0n);
      assert.equal(make(MAX_U64), MAX_U64);
      assert.equal(
        verdictOf(() => make(-1n)),
        "input/out-of-range",
      );
      assert.equal(
        verdictOf(() => make(MAX_U64 + 1n)),
        "input/out-of-range",
      );
    }
    assert.equal(durationNs(-5n), -5n);
    assert.equal(
      verdictOf(() => toUtc(taiNs(36n * NS_PER_S), 37)),
      "input/out-of-range",
    );
    assert.equal(
      verdictOf(() => toTai(unixNs(MAX_U64), 1)),
      "input/out-of-range",
    );
    assert.equal(
      verdictOf(() => toTai(unixNs(0n), -1)),
      "input/out-of-range",
    );
  });

  it("the first whole second is never before, and less than a second after", () => {
    holds(
      fc.property(u64, (value) => {
        const gap = ceilSeconds(unixNs(value)) * NS_PER_S - value;
        assert.ok(gap >= 0n && gap < NS_PER_S);
      }),
    );
  });

  it("milliseconds for people have three digits", () => {
    assert.equal(toMs(1_234_567n), 1.235);
    assert.equal(toMs(-1_234_567n), -1.235);
    assert.equal(toMs(0n), 0);
    assert.equal(toMs(NS_PER_S), 1_000);
  });
});
