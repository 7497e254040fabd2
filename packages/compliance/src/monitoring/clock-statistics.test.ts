import assert from "node:assert/strict";
import { durationNs, unixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { catSelfReport } from "./cat-self-report.ts";
import { ClockObservation, divergenceOf } from "./clock-observation.ts";
import { clockStatistics, type StatisticsOptions } from "./clock-statistics.ts";
import { percentile } from "./node-track.ts";
import { ClockStatistics, type Excursion } from "./statistics-types.ts";

const S = 1_000_000_000n;
const START = 1_784_000_000n * S;
const options: StatisticsOptions = {
  fromUtcNs: unixNs(START),
  toUtcNs: unixNs(START + 100n * S),
  limitNs: durationNs(1_000n),
  maxSpacingNs: durationNs(10n * S),
  partNs: durationNs(50n * S),
  nodes: [],
};
/** At `second` of the period, off by `offset`, measured to within 100 ns. */
const look = (second: number, offset: bigint | null, rest: Partial<ClockObservation> = {}): ClockObservation => ({
  timeUtcNs: START + BigInt(second) * S,
  node: 0,
  offsetNs: offset,
  uncertaintyNs: 500n,
  measurementUncertaintyNs: offset === null ? null : 100n,
  state: offset === null ? "unreachable" : "healthy",
  source: "GNSS",
  test: false,
  holdover: false,
  leap: "none",
  epoch: 1,
  taiMinusUtc: 37,
  keyId: "k1",
  configurationId: "c1",
  ...rest,
});
const every10 = (offsets: readonly bigint[]) => offsets.map((offset, index) => look(index * 10, offset));
const steady = Array.from({ length: 10 }, () => 100n);

describe("clock statistics", () => {
  it("count the measurement uncertainty into every divergence, on either side", () => {
    assert.equal(divergenceOf(look(0, -900n)), 1_000n);
    assert.equal(divergenceOf(look(0, 0n)), 100n);
    assert.equal(divergenceOf(look(0, null)), undefined);
    const { overall } = clockStatistics(every10([-900n, -901n]), options);
    assert.equal(overall[0]?.maxNs, 1_001n);
  });

  it("have nearest-rank percentiles", () => {
    const sorted = Array.from({ length: 100 }, (_, index) => BigInt(index + 1));
    assert.deepEqual(
      [50, 95, 99, 100].map((p) => percentile(sorted, p)),
      [50n, 95n, 99n, 100n],
    );
    assert.deepEqual(
      [percentile([7n], 50), percentile([], 50), percentile([1n, 2n], 50), percentile([1n, 2n], 51)],
      [7n, null, 1n, 2n],
    );
  });

  it("of a steady clock are all within the limit, all covered, without gap or excursion", () => {
    const found = clockStatistics(every10(steady), options);
    assert.deepEqual([found.overall[0]?.withinLimitPpm, found.overall[0]?.coveredPpm], [1_000_000, 1_000_000]);
    assert.deepEqual([found.gaps, found.excursions, found.holdovers, found.changes], [[], [], [], []]);
    assert.deepEqual(
      found.parts.map(({ count }) => count),
      [5, 5],
    );
    assert.deepEqual(found.taiMinusUtc, { first: 37, last: 37 });
  });

  it("weigh by time: a burst of good looks does not outweigh a bad minute", () => {
    const burst = Array.from({ length: 10 }, (_, index) => look(index, 0n));
    const bad = Array.from({ length: 9 }, (_, index) => look(10 + index * 10, 5_000n));
    const [row] = clockStatistics([...burst, ...bad], options).overall;
    assert.equal(row?.withinLimitPpm, 100_000);
  });

  it("never round a share up to the whole", () => {
    const [row] = clockStatistics([look(0, 0n), { ...look(100, 5_000n), timeUtcNs: START + 100n * S - 1n }], {
      ...options,
      maxSpacingNs: durationNs(100n * S),
    }).overall;
    assert.equal(row?.withinLimitPpm, 999_999);
  });

  it("tell an excursion with its largest divergence and all the time in which stamps are in doubt", () => {
    const { excursions } = clockStatistics(every10([0n, 0n, 2_000n, -9_000n, 0n, 0n, 3_000n, 0n, 0n, 0n]), options);
    const at = (second: number) => START + BigInt(second) * S;
    assert.deepEqual(excursions, [
      {
        node: 0,
        startUtcNs: at(20),
        endUtcNs: at(30),
        maxDivergenceNs: 9_100n,
        affectedFromUtcNs: at(10),
        affectedToUtcNs: at(40),
        open: false,
      },
      {
        node: 0,
        startUtcNs: at(60),
        endUtcNs: at(60),
        maxDivergenceNs: 3_100n,
        affectedFromUtcNs: at(50),
        affectedToUtcNs: at(70),
        open: false,
      },
    ]);
  });

  it("take the limit itself for within", () => {
    const found = clockStatistics(every10([900n, 900n]), options);
    assert.deepEqual([found.excursions, found.overall[0]?.withinLimitPpm], [[], 1_000_000]);
  });

  it("leave an excursion open at the end of the period, and let no silence end one", () => {
    const open = clockStatistics([look(0, 2_000n), look(10, 2_000n)], options).excursions;
    assert.deepEqual(
      open.map((found) => [found.affectedFromUtcNs, found.affectedToUtcNs, found.open]),
      [[START, START + 100n * S, true]],
    );
    const silent = clockStatistics(
      [look(0, 2_000n), look(10, null), look(20, 2_000n), look(30, 0n)],
      options,
    ).excursions;
    assert.deepEqual(
      silent.map(({ startUtcNs, endUtcNs }) => endUtcNs - startUtcNs),
      [20n * S],
    );
  });

  it("tell gaps at the edges, in the middle, and of a node that was never seen", () => {
    const { gaps, overall } = clockStatistics([look(11, 0n), look(21, 0n), look(32, null), look(90, 0n)], {
      ...options,
      nodes: [0, 1],
    });
    assert.deepEqual(
      gaps.map(({ node, fromUtcNs, toUtcNs }) => [node, (fromUtcNs - START) / S, (toUtcNs - START) / S]),
      [
        [0, 0n, 11n],
        [0, 21n, 90n],
        [1, 0n, 100n],
      ],
    );
    assert.deepEqual(
      overall.map(({ coveredPpm, count, measured }) => [coveredPpm, count, measured]),
      [
        [300_000, 4, 3],
        [0, 0, 0],
      ],
    );
    assert.equal(overall[1]?.withinLimitPpm, null);
  });

  it("count what reaches over the border of a part in both parts", () => {
    const { parts } = clockStatistics([look(45, 0n)], options);
    assert.deepEqual(
      parts.map(({ coveredPpm, count }) => [coveredPpm, count]),
      [
        [100_000, 1],
        [100_000, 0],
      ],
    );
  });

  it("tell holdover, closed and open", () => {
    const { holdovers } = clockStatistics(
      [
        look(0, 0n),
        look(10, 0n, { holdover: true, uncertaintyNs: 900n }),
        look(20, 0n),
        look(90, null, { holdover: true, uncertaintyNs: null }),
      ],
      options,
    );
    assert.deepEqual(
      holdovers.map((found) => [(found.toUtcNs - found.fromUtcNs) / S, found.maxUncertaintyNs, found.open]),
      [
        [10n, 900n, false],
        [10n, null, true],
      ],
    );
  });

  it("record each change once, and take no missing value for one", () => {
    const { changes, testFlagSeen } = clockStatistics(
      [
        look(0, 0n),
        look(10, 0n, { keyId: null, configurationId: null }),
        look(20, 0n, { epoch: 2, keyId: "k2", configurationId: "c2", source: "PTP" }),
        look(30, 0n, { epoch: 2, keyId: "k2", configurationId: "c2", source: "PTP", test: true, leap: "insertion" }),
        look(40, 0n, { epoch: 2, keyId: "k2", configurationId: "c2", source: "PTP", test: true, taiMinusUtc: 38 }),
      ],
      options,
    );
    assert.deepEqual(
      changes.map(({ what, from, to }) => `${what}: ${from} to ${to}`),
      [
        "epoch: 1 to 2",
        "key: k1 to k2",
        "configuration: c1 to c2",
        "source: GNSS to PTP",
        "test-flag: not set to set",
        "leap-announcement: none to insertion",
        "tai-minus-utc: 37 s to 38 s",
        "leap-announcement: insertion to none",
      ],
    );
    assert.equal(testFlagSeen, true);
  });

  it("pass over what lies outside the period, and do not care for the order in which looks come", () => {
    const looks = [...every10([0n, 5_000n, 0n]), look(100, 9_999n), look(-1, 9_999n)];
    assert.deepEqual(clockStatistics(looks.toReversed(), options), clockStatistics(every10([0n, 5_000n, 0n]), options));
  });

  it("of the parts add up to those of the whole", () => {
    const looks = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), fc.bigInt({ min: -3_000n, max: 3_000n })));
    holds(
      fc.property(looks, fc.integer({ min: 1, max: 120 }), (seen, part) => {
        const found = clockStatistics(
          seen.map(([second, offset]) => look(second, offset)),
          { ...options, partNs: durationNs(BigInt(part) * S), nodes: [0] },
        );
        const sum = found.parts.reduce((total, { count }) => total + count, 0);
        assert.equal(sum, found.overall[0]?.count);
        const covered = found.parts.reduce(
          (total, row) => total + row.coveredPpm * Number((row.toUtcNs - row.fromUtcNs) / S),
          0,
        );
        assert.ok(Math.abs(covered / 100 - (found.overall[0]?.coveredPpm ?? 0)) <= found.parts.length);
      }),
    );
  });

  it("refuse an empty period and a million parts", () => {
    for (const change of [
      { toUtcNs: options.fromUtcNs },
      { partNs: durationNs(0n) },
      { maxSpacingNs: durationNs(0n) },
      { partNs: durationNs(1n) },
    ])
      assert.throws(() => clockStatistics([], { ...options, ...change }), /input\/out-of-range/);
  });

  it("cross the wire and come back the same", () => {
    const found = clockStatistics(every10([0n, 5_000n, 0n]), options);
    assert.deepEqual(ClockStatistics.decode(JSON.parse(JSON.stringify(ClockStatistics.encode(found)))), found);
    const one = look(5, -5n);
    assert.deepEqual(ClockObservation.decode(ClockObservation.encode(one)), one);
  });
});

describe("CAT self-report", () => {
  const excursion = (second: number, max: bigint): Excursion => ({
    node: 0,
    startUtcNs: START + BigInt(second) * S,
    endUtcNs: START + BigInt(second) * S,
    maxDivergenceNs: max,
    affectedFromUtcNs: START,
    affectedToUtcNs: START,
    open: false,
  });
  const row = (count: number, spacing: number) =>
    Array.from({ length: count }, (_, index) => excursion(index * spacing, 60n));

  it("is due at twice the tolerance, and at ten excursions within 24 hours", () => {
    assert.deepEqual(
      [99n, 100n].map((max) => catSelfReport([excursion(0, max)], 50n).due),
      [false, true],
    );
    assert.equal(catSelfReport(row(9, 1), 50n).due, false);
    assert.equal(catSelfReport(row(10, 9_599), 50n).due, true);
    assert.equal(catSelfReport(row(10, 9_600), 50n).due, false);
    assert.equal(catSelfReport(row(10, 1).toReversed(), 50n).citation.basis, "secondary");
  });
});
