import assert from "node:assert/strict";
import { type DurationNs, type TaiNs, toInterval } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { widenTo } from "./widen-to.ts";

describe("the reading on a tier's grid", () => {
  const reading = (time: bigint, uncertainty: bigint) => ({
    time: time as TaiNs,
    uncertainty: uncertainty as DurationNs,
  });

  it("holds the old interval, prints nothing finer than the grid, and is wider by less than two steps", () => {
    holds(
      fc.property(
        fc.constantFrom(["ms", 1_000_000n] as const, ["us", 1_000n] as const, ["ns", 1n] as const),
        fc.bigInt(0n, 2n ** 63n),
        fc.bigInt(0n, 2n ** 40n),
        ([precision, step], time, uncertainty) => {
          const old = reading(time, uncertainty);
          const wide = widenTo(precision, old);
          const [inner, outer] = [toInterval(old), toInterval(wide)];
          assert.ok(outer.earliest <= inner.earliest && inner.latest <= outer.latest);
          assert.deepEqual([wide.time % step, wide.uncertainty % step], [0n, 0n]);
          assert.ok(wide.uncertainty - uncertainty < 2n * step);
        },
      ),
    );
  });

  it("leaves nanoseconds as they are", () => {
    assert.deepEqual(widenTo("ns", reading(123_456_789n, 77n)), reading(123_456_789n, 77n));
  });

  it("rounds to the nearest step, and up from the middle", () => {
    assert.deepEqual(widenTo("us", reading(1_499n, 1n)), reading(1_000n, 1_000n));
    assert.deepEqual(widenTo("us", reading(1_500n, 501n)), reading(2_000n, 2_000n));
  });
});
