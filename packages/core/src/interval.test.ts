import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { verdictOf } from "../../../test/vectors/load.ts";
import {
  compareReadings,
  faultTolerantInterval,
  type Interval,
  type Reading,
  toInterval,
  toReading,
} from "./interval.ts";
import { MAX_U64 } from "./time.ts";

const reading = (time: bigint, uncertainty: bigint) => ({ time, uncertainty }) as Reading;
const interval = (earliest: bigint, latest: bigint): Interval => ({ earliest, latest });
const u64 = fc.bigInt({ min: 0n, max: MAX_U64 });
const width = fc.bigInt({ min: 0n, max: 10n ** 12n });
const anyInterval = fc.tuple(u64, u64).map(([a, b]) => (a <= b ? interval(a, b) : interval(b, a)));

describe("interval", () => {
  it("a reading covers its interval, and no narrower one does", () => {
    holds(
      fc.property(anyInterval, (given) => {
        const covering = toInterval(toReading(given));
        assert.ok(covering.earliest <= given.earliest && covering.latest >= given.latest);
        assert.ok(covering.latest - covering.earliest - (given.latest - given.earliest) <= 1n);
      }),
    );
  });

  it("an odd width is rounded outward, an even one is exact", () => {
    assert.deepEqual(toReading(interval(10n, 13n)), reading(11n, 2n));
    assert.deepEqual(toReading(interval(10n, 14n)), reading(12n, 2n));
    assert.deepEqual(toReading(interval(7n, 7n)), reading(7n, 0n));
    assert.deepEqual(toReading(interval(-4n, 8n)), reading(2n, 6n));
  });

  it("refuses a reversed interval, and one whose middle is no time", () => {
    for (const wrong of [interval(2n, 1n), interval(-10n, 3n), interval(MAX_U64, MAX_U64 + 4n)])
      assert.equal(
        verdictOf(() => toReading(wrong)),
        "input/out-of-range",
      );
  });

  it("orders readings only when their intervals do not touch", () => {
    assert.equal(compareReadings(reading(10n, 2n), reading(15n, 2n)), "before");
    assert.equal(compareReadings(reading(15n, 2n), reading(10n, 2n)), "after");
    assert.equal(compareReadings(reading(10n, 2n), reading(14n, 2n)), "concurrent");
    assert.equal(compareReadings(reading(14n, 2n), reading(10n, 2n)), "concurrent");
    assert.equal(compareReadings(reading(10n, 0n), reading(10n, 0n)), "concurrent");
    assert.equal(compareReadings(reading(10n, 0n), reading(11n, 0n)), "before");
    assert.equal(compareReadings(reading(10n, 100n), reading(11n, 0n)), "concurrent");
  });

  it("an order that is stated holds for every pair of true times", () => {
    const small = fc.bigInt({ min: 100n, max: 200n });
    const part = fc.tuple(small, fc.bigInt({ min: 0n, max: 40n }), fc.integer({ min: -40, max: 40 }));
    holds(
      fc.property(part, part, ([ta, ua, oa], [tb, ub, ob]) => {
        fc.pre(BigInt(Math.abs(oa)) <= ua && BigInt(Math.abs(ob)) <= ub);
        const [trueA, trueB] = [ta + BigInt(oa), tb + BigInt(ob)];
        const order = compareReadings(reading(ta, ua), reading(tb, ub));
        if (order === "before") assert.ok(trueA < trueB);
        if (order === "after") assert.ok(trueA > trueB);
      }),
      { numRuns: 500 },
    );
  });

  it("the fused interval contains the true time with up to f liars, whatever they say", () => {
    const scene = fc.integer({ min: 0, max: 5 }).chain((f) =>
      fc.record({
        f: fc.constant(f),
        truth: u64,
        honest: fc.array(fc.tuple(width, width), { minLength: f + 1, maxLength: f + 8 }),
        liars: fc.array(anyInterval, { minLength: f, maxLength: f }),
      }),
    );
    holds(
      fc.property(scene, ({ f, truth, honest, liars }) => {
        const good = honest.map(([below, above]) => interval(truth - below, truth + above));
        const fused = faultTolerantInterval([...liars, ...good], f);
        assert.ok(fused !== undefined && fused.earliest <= truth && truth <= fused.latest);
      }),
      { numRuns: 500 },
    );
  });

  it("it is never wider than an honest interval, and does not depend on the order of sources", () => {
    const three = fc.tuple(fc.tuple(width, width), fc.tuple(width, width), fc.tuple(width, width), anyInterval);
    holds(
      fc.property(three, ([a, b, c, liar]) => {
        const truth = 10n ** 18n;
        const honest = [a, b, c].map(([below, above]) => interval(truth - below, truth + above));
        const fused = faultTolerantInterval([...honest, liar], 1);
        assert.deepEqual(faultTolerantInterval([liar, ...honest.toReversed()], 1), fused);
        assert.ok(fused !== undefined);
        assert.ok(honest.some((one) => fused.latest - fused.earliest <= one.latest - one.earliest));
      }),
    );
  });

  it("takes the (f+1)-th largest lower edge and the (f+1)-th smallest upper edge", () => {
    const sources = [interval(8n, 12n), interval(11n, 13n), interval(10n, 20n), interval(100n, 200n)];
    assert.deepEqual(faultTolerantInterval(sources, 1), interval(11n, 13n));
    assert.deepEqual(faultTolerantInterval(sources.slice(0, 3), 0), interval(11n, 12n));
    assert.deepEqual(faultTolerantInterval(sources.slice(0, 3), 1), interval(10n, 13n));
  });

  it("sorts as numbers, not as text", () => {
    assert.deepEqual(
      faultTolerantInterval([interval(9n, 100n), interval(10n, 1_000n), interval(2n, 20n)], 1),
      interval(9n, 100n),
    );
  });

  it("has no answer when more than f sources contradict one another", () => {
    assert.equal(faultTolerantInterval([interval(1n, 2n), interval(5n, 6n), interval(9n, 10n)], 0), undefined);
    assert.equal(faultTolerantInterval([interval(1n, 2n), interval(5n, 6n), interval(9n, 10n)], 1)?.earliest, 5n);
    assert.equal(faultTolerantInterval([interval(1n, 2n), interval(3n, 4n)], 0), undefined);
    assert.deepEqual(faultTolerantInterval([interval(1n, 3n), interval(3n, 4n)], 0), interval(3n, 3n));
  });

  it("refuses too few sources, a wrong f and a reversed source", () => {
    const one = interval(1n, 2n);
    for (const attempt of [
      () => faultTolerantInterval([], 0),
      () => faultTolerantInterval([one, one], 1),
      () => faultTolerantInterval([one], -1),
      () => faultTolerantInterval([one], 0.5),
      () => faultTolerantInterval([one], Number.NaN),
      () => faultTolerantInterval([one, interval(3n, 2n), one], 1),
    ])
      assert.equal(verdictOf(attempt), "input/out-of-range");
  });
});
