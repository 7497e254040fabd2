import assert from "node:assert/strict";
import { isChronoError } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { formatDuration } from "./format-duration.ts";
import { DURATION_UNITS, type DurationUnit, parseDuration } from "./parse-duration.ts";

describe("durations for people", () => {
  for (const [ns, text] of [
    [0n, "0 ns"],
    [1n, "1 ns"],
    [999n, "999 ns"],
    [1_000n, "1 µs"],
    [1_234_567n, "1.234567 ms"],
    [59_999_999_999n, "59.999999999 s"],
    [60_000_000_000n, "1 min"],
    [3_661_500_000_000n, "1 h 1 min 1.5 s"],
    [90_000_000_000_001n, "1 d 1 h 1 ns"],
    [-1_500n, "−1.5 µs"],
  ] as const)
    it(`${ns} ns is ${text}`, () => assert.equal(formatDuration(ns), text));

  it("below a minute no digit is lost", () =>
    holds(
      fc.property(fc.bigInt(0n, 59_999_999_999n), (ns) => {
        const [number = "", unit = ""] = formatDuration(ns).split(" ");
        assert.equal(parseDuration(number, unit as DurationUnit), ns);
      }),
    ));

  for (const [text, unit, ns] of [
    ["", "ms", null],
    [" 0.5 ", "ms", 500_000n],
    ["0,5", "µs", 500n],
    ["1.000", "ns", 1n],
    ["0.000000001", "s", 1n],
  ] as const)
    it(`${JSON.stringify(text)} ${unit} is read as ${ns} ns`, () => assert.equal(parseDuration(text, unit), ns));

  for (const [text, unit] of [
    ["0.5", "ns"],
    ["-1", "ms"],
    ["1e3", "ms"],
    ["1.2.3", "s"],
    ["0.0000000001", "s"],
    ["99999999999", "s"],
  ] as const)
    it(`refuses ${text} ${unit}`, () => {
      assert.ok(unit in DURATION_UNITS);
      assert.throws(
        () => parseDuration(text, unit),
        (error) => isChronoError(error) && error.code === "input/malformed",
      );
    });
});
