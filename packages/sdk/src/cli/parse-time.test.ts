import assert from "node:assert/strict";
import { toIso8601, type UnixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { parseDuration, parseTime } from "./parse-time.ts";
import { UsageError } from "./usage-error.ts";

const NOW = 1_772_323_200_000_000_000n;
const now = () => Promise.resolve(NOW);
const never = () => Promise.reject(new Error("the network was asked"));

describe("times on the command line", () => {
  it("are ISO 8601 with up to nine digits, a duration from now, or nanoseconds", async () => {
    assert.equal(await parseTime("2026-03-01T00:00:00Z", never), NOW);
    assert.equal(await parseTime("2026-03-01T00:00:00.123456789Z", never), NOW + 123_456_789n);
    assert.equal(await parseTime("+90s", now), NOW + 90_000_000_000n);
    assert.equal(await parseTime("+1h", now), NOW + 3_600_000_000_000n);
    assert.equal(await parseTime(String(NOW), never), NOW);
  });

  it("are read exactly as they are written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), async (time) =>
        assert.equal(await parseTime(toIso8601(time as UnixNs), never), time),
      ),
    );
  });

  it("are refused by name otherwise", async () => {
    for (const text of [
      "soon",
      "+90",
      "+s",
      "2026-03-01",
      "2026-02-30T00:00:00Z",
      "2026-03-01T00:00:00.1234567890Z",
      "-5",
      "9".repeat(20),
      "",
    ])
      await assert.rejects(
        parseTime(text, now),
        (error) => error instanceof UsageError && error.message.includes(`"${text}"`) && error.message.includes("+90s"),
      );
  });

  it("durations have a unit", () => {
    holds(
      fc.property(fc.nat(), fc.constantFrom("ns", "us", "ms", "s", "m", "h", "d"), (count, unit) =>
        assert.equal((parseDuration(`${count}${unit}`) ?? -1n) % BigInt(count || 1), 0n),
      ),
    );
    assert.equal(parseDuration("90"), undefined);
  });
});
