import assert from "node:assert/strict";
import type { DurationNs, TaiNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import {
  arrivalBase,
  carryInterval,
  carryLook,
  DRIFT_PPM,
  FRESH_NS,
  type Look,
  narrowest,
} from "./arrival-interval.ts";

const START = 1_800_000_000_000_000_000n;
const look = (time: bigint, uncertainty: bigint, askedAt: bigint, answeredAt: bigint): Look => ({
  time: time as TaiNs,
  uncertainty: uncertainty as DurationNs,
  askedAt: askedAt as DurationNs,
  answeredAt: answeredAt as DurationNs,
});

/** A look at an honest node: read somewhere within the question, wrong by no more than it says. */
const honest = fc.record({
  askedAt: fc.bigInt(0n, FRESH_NS - 1n),
  took: fc.bigInt(0n, 50_000_000n),
  readAfter: fc.integer({ min: 0, max: 1_000 }),
  uncertainty: fc.bigInt(1n, 5_000_000n),
  error: fc.integer({ min: -1_000, max: 1_000 }),
});
/** Parts per million by which the monotonic clock is slow. */
const rate = fc.integer({ min: -Number(DRIFT_PPM), max: Number(DRIFT_PPM) });

const trueAt = (monotonic: bigint, ppm: number): bigint => START + monotonic + (monotonic * BigInt(ppm)) / 1_000_000n;
const lookAt = (ppm: number, each: typeof honest extends fc.Arbitrary<infer Value> ? Value : never): Look => {
  const { askedAt, took, readAfter, uncertainty, error } = each;
  const read = askedAt + (took * BigInt(readAfter)) / 1_000n;
  const time = trueAt(read, ppm) + (uncertainty * BigInt(error)) / 1_000n;
  // The clock of this test rounds to a nanosecond, twice.
  return look(time, uncertainty + 2n, askedAt, askedAt + took);
};
const AFTER = FRESH_NS - 1n;

describe("the arrival interval", () => {
  it("of one honest node holds the true time, however the monotonic clock drifts within its bound", () => {
    holds(
      fc.property(honest, rate, fc.bigInt(0n, 10n * FRESH_NS), (each, ppm, at) => {
        const { earliest, latest } = carryLook(lookAt(ppm, each), at);
        const truth = trueAt(at, ppm);
        assert.ok(earliest <= truth && truth <= latest);
      }),
      { numRuns: 500 },
    );
  });

  it("holds the true time while at most f of the nodes lie", () => {
    holds(
      fc.property(
        fc.integer({ min: 0, max: 3 }).chain((f) =>
          fc.record({
            f: fc.constant(f),
            good: fc.array(honest, { minLength: 2 * f + 1, maxLength: 3 * f + 3 }),
            lies: fc.array(
              fc.record({ offset: fc.bigInt(-(10n ** 12n), 10n ** 12n), uncertainty: fc.bigInt(0n, 10n ** 9n) }),
              { maxLength: f },
            ),
          }),
        ),
        rate,
        ({ f, good, lies }, ppm) => {
          const looks = [
            ...good.map((each) => lookAt(ppm, each)),
            ...lies.map(({ offset, uncertainty }) => look(START + offset, uncertainty, AFTER - 1n, AFTER)),
          ];
          const base = arrivalBase(
            looks.map((one) => [one]),
            f,
            AFTER as DurationNs,
          );
          assert.ok(base !== undefined);
          const later = carryInterval(base.interval, base.at, 2n * AFTER);
          for (const [interval, at] of [
            [base.interval, AFTER],
            [later, 2n * AFTER],
          ] as const)
            assert.ok(interval.earliest <= trueAt(at, ppm) && trueAt(at, ppm) <= interval.latest);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is unknown when fewer than 2f + 1 looks are fresh, and says until when they are", () => {
    const looks = [0n, 1n, 2n, 3n].map((at) => [look(START + at, 10n, at, at)]);
    const base = arrivalBase(looks, 1, 3n as DurationNs);
    assert.equal(base?.freshUntil, 1n + FRESH_NS);
    assert.ok(arrivalBase(looks, 1, FRESH_NS as DurationNs) !== undefined);
    assert.equal(arrivalBase(looks, 1, (1n + FRESH_NS) as DurationNs), undefined);
  });

  it("is unknown when more than f contradict the others", () => {
    const looks = [0n, 0n, 10_000n, 10_000n].map((off) => [look(START + off, 10n, 0n, 0n)]);
    assert.equal(arrivalBase(looks, 1, 0n as DurationNs), undefined);
  });

  it("stays fresh by the newest looks, though older ones say more, and never rests on a stale one", () => {
    const quick = look(START, 10n, 0n, 0n);
    const slow = look(START + FRESH_NS - 2n, 10n, FRESH_NS - 2n, 2n * FRESH_NS);
    const nodes = [quick, quick, quick, quick].map((one) => [one, slow]);
    const before = arrivalBase(nodes, 1, (FRESH_NS - 1n) as DurationNs);
    assert.equal(before?.freshUntil, 2n * FRESH_NS - 2n);
    assert.ok(before.interval.latest - before.interval.earliest < FRESH_NS / 1_000n);
    const after = arrivalBase(nodes, 1, FRESH_NS as DurationNs);
    assert.ok(after !== undefined && after.interval.latest - after.interval.earliest > FRESH_NS);
  });

  it("grows by the drift, also when it is carried back", () => {
    const interval = { earliest: START, latest: START };
    assert.deepEqual(carryInterval(interval, 0n, 10_000n), { earliest: START + 9_999n, latest: START + 10_001n });
    assert.deepEqual(carryInterval(interval, 10_000n, 0n), { earliest: START - 10_001n, latest: START - 9_999n });
  });

  it("prefers the look that says most: an older one to one whose question took long", () => {
    const quick = look(START, 10n, 0n, 100n);
    const slow = look(START, 10n, 1_000_000n, 9_000_000n);
    assert.equal(narrowest([quick, slow], 10_000_000n), quick);
    assert.equal(narrowest([], 0n), undefined);
  });
});
