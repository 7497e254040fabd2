import assert from "node:assert/strict";
import { type ClockObservation, clockStatistics } from "@chronoledger/compliance";
import { durationNs, unixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { type PeriodOptions, periodStatistics } from "./period-statistics.ts";

const FROM = 1_000_000n;
const options = (more: Partial<PeriodOptions> = {}): PeriodOptions => ({
  fromUtcNs: FROM,
  toUtcNs: FROM + 1_000n,
  limitNs: 50n,
  maxSpacingNs: 100n,
  partNs: 130n,
  nodes: [0, 1, 2],
  ...more,
});

const observation = fc.record({
  timeUtcNs: fc.bigInt(FROM, FROM + 999n),
  node: fc.integer({ min: 0, max: 1 }),
  offsetNs: fc.option(fc.bigInt(-80n, 80n)),
  uncertaintyNs: fc.option(fc.bigInt(0n, 99n)),
  measurementUncertaintyNs: fc.option(fc.bigInt(0n, 30n), { freq: 9 }),
  state: fc.constantFrom("healthy", "refusing", "unreachable"),
  source: fc.constantFrom("gnss", "ntp"),
  test: fc.boolean(),
  holdover: fc.boolean(),
  leap: fc.constantFrom("none", "insertion"),
  epoch: fc.constantFrom(1, 2),
  taiMinusUtc: fc.constantFrom(37, 38),
  keyId: fc.constantFrom(null, "a", "b"),
  configurationId: fc.constant(null),
}) as fc.Arbitrary<ClockObservation>;

/** A node is looked at once at an instant. */
const observations = fc.uniqueArray(observation, {
  maxLength: 60,
  selector: ({ node, timeUtcNs }) => `${node} ${timeUtcNs}`,
});

/** In pages of three, as a database would give them. */
async function* pages(all: readonly ClockObservation[], node: number): AsyncGenerator<ClockObservation[]> {
  const own = all.filter((one) => one.node === node).toSorted((a, b) => (a.timeUtcNs < b.timeUtcNs ? -1 : 1));
  for (let i = 0; i < own.length; i += 3) yield own.slice(i, i + 3);
}

describe("statistics of a period, page by page", () => {
  it("are those that the library computes in memory", async () => {
    await fc.assert(
      fc.asyncProperty(observations, fc.bigInt(1n, 400n), fc.bigInt(1n, 1_200n), async (all, maxSpacingNs, partNs) => {
        const wanted = options({ maxSpacingNs, partNs });
        assert.deepEqual(
          await periodStatistics(wanted, (node) => pages(all, node)),
          clockStatistics(all, {
            ...wanted,
            fromUtcNs: unixNs(wanted.fromUtcNs),
            toUtcNs: unixNs(wanted.toUtcNs),
            limitNs: durationNs(wanted.limitNs),
            maxSpacingNs: durationNs(maxSpacingNs),
            partNs: durationNs(partNs),
          }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("keep percentiles of many measurements in order", async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => BigInt((i * 7_919) % 5_000));
    const all = many.map(
      (value, i): ClockObservation => ({
        ...(fc.sample(observation, 1)[0] as ClockObservation),
        timeUtcNs: FROM + BigInt(i),
        node: 0,
        offsetNs: value,
        measurementUncertaintyNs: 0n,
      }),
    );
    const wanted = options({ toUtcNs: FROM + 5_000n, partNs: 5_000n, nodes: [0], limitNs: 10_000n });
    const { overall } = await periodStatistics(wanted, (node) => pages(all, node));
    assert.deepEqual(
      [overall[0]?.p50Ns, overall[0]?.p95Ns, overall[0]?.p99Ns, overall[0]?.maxNs],
      [2_499n, 4_749n, 4_949n, 4_999n],
    );
  });

  it("are refused when there is more to tell than a report can hold", async () => {
    const all = Array.from(
      { length: 40_002 },
      (_, i): ClockObservation => ({
        ...(fc.sample(observation, 1)[0] as ClockObservation),
        timeUtcNs: FROM + BigInt(i),
        node: 0,
        offsetNs: i % 2 === 0 ? 0n : 1_000n,
        measurementUncertaintyNs: 0n,
      }),
    );
    const wanted = options({ toUtcNs: FROM + 50_000n, partNs: 50_000n, nodes: [0] });
    await assert.rejects(
      periodStatistics(wanted, (node) => pages(all, node)),
      { code: "input/too-large" },
    );
  });

  it("show a node that was never seen as a gap over the whole period", async () => {
    const none = await periodStatistics(options({ nodes: [5] }), (node) => pages([], node));
    assert.deepEqual(none.gaps, [{ node: 5, fromUtcNs: FROM, toUtcNs: FROM + 1_000n }]);
    assert.equal(none.taiMinusUtc, null);
    assert.equal(none.overall[0]?.coveredPpm, 0);
  });
});
