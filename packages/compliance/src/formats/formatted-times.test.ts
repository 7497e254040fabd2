import assert from "node:assert/strict";
import { durationNs, unixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { formatCatTime, parseCatTime } from "./cat-time.ts";
import { formatIso8601, parseIso8601, type UtcReading } from "./iso8601-time.ts";
import { leapOfFlags, refuseLeapSecond } from "./leap-second.ts";
import { daylightCode, formatNistDaytime } from "./nist-daytime.ts";

const S = 1_000_000_000n;
const at = (iso: string) => parseIso8601(iso).timeUtcNs;
const reading = (iso: string, uncertainty = 0n): UtcReading => ({
  timeUtcNs: at(iso),
  uncertaintyNs: durationNs(uncertainty),
});
/** 1970 to 2100. */
const anyReading = fc.record({
  timeUtcNs: fc.bigInt({ min: 0n, max: 4_102_444_800n * S }).map(unixNs),
  uncertaintyNs: fc.bigInt({ min: 0n, max: 10n * S }).map(durationNs),
});
const covers = (printed: bigint, uncertainty: bigint, inner: UtcReading) =>
  printed - uncertainty <= inner.timeUtcNs - inner.uncertaintyNs &&
  printed + uncertainty >= inner.timeUtcNs + inner.uncertaintyNs;

describe("ISO 8601 times", () => {
  it("print what the act shows, with the digits asked for, cut towards the past", () => {
    const time = reading("2026-03-02T09:30:00.123456789Z", 5n);
    assert.deepEqual(formatIso8601(time, 6), { text: "2026-03-02T09:30:00.123456Z", uncertaintyNs: 794n });
    assert.deepEqual(formatIso8601(time, 7), { text: "2026-03-02T09:30:00.1234567Z", uncertaintyNs: 94n });
    assert.deepEqual(formatIso8601(time, 0), { text: "2026-03-02T09:30:00Z", uncertaintyNs: 123_456_794n });
    assert.deepEqual(formatIso8601(time, 9), { text: "2026-03-02T09:30:00.123456789Z", uncertaintyNs: 5n });
  });

  it("read back lie before the reading, and the widened interval holds the whole of the old one", () => {
    holds(
      fc.property(anyReading, fc.integer({ min: 0, max: 9 }), (time, digits) => {
        const { text, uncertaintyNs } = formatIso8601(time, digits);
        const back = parseIso8601(text);
        assert.equal(back.digits, digits);
        assert.ok(back.timeUtcNs <= time.timeUtcNs);
        assert.ok(covers(back.timeUtcNs, uncertaintyNs, time));
      }),
    );
  });

  for (const text of [
    "2016-12-31T23:59:60Z",
    "2026-02-30T00:00:00Z",
    "2026-02-28T24:00:00Z",
    "2026-02-28T00:00:00",
    "2026-02-28T00:00:00+00:00",
    "2026-02-28 00:00:00Z",
    "2026-02-28T00:00:00.Z",
    "2026-02-28T00:00:00.0123456789Z",
    "1969-12-31T23:59:59Z",
    "0026-02-28T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "",
    "x".repeat(10_000),
  ])
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseIso8601(text), /input\/malformed/);
    });
});

describe("CAT times", () => {
  it("are those of New York, in winter and in summer", () => {
    assert.equal(formatCatTime(reading("2026-01-15T14:30:00.123456789Z"), 9).text, "20260115 093000.123456789");
    assert.deepEqual(formatCatTime(reading("2026-07-15T13:30:00.123456789Z", 10n), 3), {
      text: "20260715 093000.123",
      uncertaintyNs: 456_799n,
    });
    assert.equal(formatCatTime(reading("2026-01-15T04:59:59Z"), 3).text, "20260114 235959.000");
    assert.equal(formatCatTime(reading("2026-01-15T05:00:00Z"), 3).text, "20260115 000000.000");
  });

  it("stand for two instants in the hour that autumn repeats, and for one elsewhere", () => {
    assert.deepEqual(parseCatTime("20261101 013000.000"), [at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z")]);
    assert.deepEqual(parseCatTime("20261101 020000.000"), [at("2026-11-01T07:00:00Z")]);
    assert.deepEqual(parseCatTime("20261101 005959.999999999"), [at("2026-11-01T04:59:59.999999999Z")]);
  });

  it("do not exist in the hour that spring skips", () => {
    assert.throws(() => parseCatTime("20260308 023000.000"), /input\/malformed/);
    assert.deepEqual(parseCatTime("20260308 030000.000"), [at("2026-03-08T07:00:00Z")]);
  });

  it("read back give an instant whose widened interval holds the reading", () => {
    holds(
      fc.property(anyReading, fc.integer({ min: 3, max: 9 }), (time, digits) => {
        const { text, uncertaintyNs } = formatCatTime(time, digits);
        assert.ok(parseCatTime(text).some((instant) => covers(instant, uncertaintyNs, time)));
      }),
    );
  });

  it("have 3 to 9 fraction digits", () => {
    for (const digits of [2, 10, 3.5, Number.NaN])
      assert.throws(() => formatCatTime(reading("2026-01-15T14:30:00Z"), digits), /input\/out-of-range/);
    for (const text of ["20260115 093000.12", "20260115 093000", "20260132 093000.000", "20260115T093000.000"])
      assert.throws(() => parseCatTime(text), /input\/malformed/);
  });
});

describe("NIST daytime lines", () => {
  const toNist = [
    { clock: "node", reference: "UTC(NIST)", method: "common view", uncertaintyNs: 50n, evidence: "TMAS-1" },
  ];
  const options = { chain: toNist, test: false, leap: "none", advanceTenthsMs: 500 } as const;

  it("match NIST's own example", () => {
    assert.equal(
      formatNistDaytime(reading("1993-01-23T22:01:22Z"), options).text,
      "49010 93-01-23 22:01:22 00 0 0 50.0 UTC(NIST) *",
    );
  });

  it("say UTC(NIST) only when every hop to NIST has evidence and no test flag is set", () => {
    const time = reading("2026-07-15T13:30:00.25Z", 7n);
    const label = (change: object) => formatNistDaytime(time, { ...options, ...change }).text.split(" ")[7];
    assert.equal(label({}), "UTC(NIST)");
    assert.equal(label({ test: true }), "UTC(CHRONO)");
    assert.equal(label({ chain: [] }), "UTC(CHRONO)");
    assert.equal(label({ chain: toNist.map((hop) => ({ ...hop, evidence: null })) }), "UTC(CHRONO)");
    assert.equal(label({ chain: toNist.map((hop) => ({ ...hop, reference: "GPS" })) }), "UTC(CHRONO)");
    assert.equal(label({ chain: [{ ...toNist[0], reference: "GNSS receiver" }, toNist[0]] }), "UTC(CHRONO)");
    assert.equal(label({ chain: toNist.map((hop) => ({ ...hop, reference: "UTC(CHRONO)" })) }), "UTC(CHRONO)");
    assert.equal(label({ chain: toNist.map((hop) => ({ ...hop, reference: "UTC(PTB)" })) }), "UTC(PTB)");
  });

  it("carry the fraction that they cannot print as uncertainty, and the health and leap digits", () => {
    const line = formatNistDaytime(reading("2026-07-15T13:30:00.25Z", 7n), {
      ...options,
      leap: "insertion",
      health: 4,
      advanceTenthsMs: 0,
    });
    assert.equal(line.text, "61236 26-07-15 13:30:00 50 1 4 0.0 UTC(NIST) *");
    assert.equal(line.uncertaintyNs, 250_000_007n);
    assert.match(formatNistDaytime(reading("2026-07-15T13:30:00Z"), { ...options, leap: "deletion" }).text, / 50 2 0 /);
  });

  for (const [iso, code] of [
    ["2026-01-15T12:00:00Z", 0],
    ["2026-03-01T00:00:00Z", 58],
    ["2026-03-07T23:59:59Z", 52],
    ["2026-03-08T06:59:59Z", 51],
    ["2026-03-08T07:00:00Z", 50],
    ["2026-03-31T00:00:00Z", 50],
    ["2026-10-31T23:59:59Z", 50],
    ["2026-11-01T05:59:59Z", 1],
    ["2026-11-01T06:00:00Z", 0],
    ["2027-11-01T00:00:00Z", 7],
    ["2027-11-07T05:59:59Z", 1],
  ] as const)
    it(`count daylight saving as ${code} at ${iso}`, () => {
      assert.equal(daylightCode(at(iso) / S), code);
    });
});

describe("announced leap seconds", () => {
  it("refuse what touches the second in which UTC cannot be told", () => {
    for (const [iso, uncertainty, leap] of [
      ["2027-01-01T00:00:00Z", 0n, "insertion"],
      ["2027-01-01T00:00:00.999999999Z", 0n, "insertion"],
      ["2026-12-31T23:59:59.999999999Z", 1n, "insertion"],
      ["2027-01-01T00:00:01.000000004Z", 5n, "insertion"],
      ["2026-12-31T23:59:59Z", 0n, "deletion"],
      ["2026-12-31T23:59:58.999999999Z", 1n, "deletion"],
    ] as const)
      assert.throws(() => refuseLeapSecond(reading(iso, uncertainty), leap), /leap second/);
  });

  it("let everything else pass", () => {
    refuseLeapSecond(reading("2027-01-01T00:00:00Z"), "none");
    refuseLeapSecond(reading("2026-12-31T23:59:59.999999998Z", 1n), "insertion");
    refuseLeapSecond(reading("2027-01-01T00:00:01Z"), "insertion");
    refuseLeapSecond(reading("2027-01-01T00:00:00Z"), "deletion");
    refuseLeapSecond(reading("2026-12-15T00:00:00Z", 5n), "insertion");
    refuseLeapSecond({ timeUtcNs: unixNs(5n * S), uncertaintyNs: durationNs(2n * S) }, "insertion");
  });

  it("are read from the flags of a statement", () => {
    assert.deepEqual([0, 1, 2, 4, 8, 13].map(leapOfFlags), [
      "none",
      "insertion",
      "deletion",
      "none",
      "none",
      "insertion",
    ]);
  });
});
