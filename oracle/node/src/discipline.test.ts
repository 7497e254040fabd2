import assert from "node:assert/strict";
import {
  type DurationNs,
  durationNs,
  FLAG,
  NS_PER_MS,
  NS_PER_S,
  type Policy,
  type SourceHealth,
  unixNs,
} from "@chronoledger/core";
import { FakeClock } from "@chronoledger/service";
import fc from "fast-check";
import { Discipline, type DisciplineOptions } from "./discipline.ts";
import { BUILT_IN_LEAP_TABLE } from "./leap-seconds.ts";
import { fixedSource } from "./sources/fixed.ts";

const START = unixNs(1_795_000_000n * NS_PER_S);
const ms = (n: number): DurationNs => durationNs(BigInt(n) * NS_PER_MS);
const policy: Policy = { policyId: 1, maxUncertainty: ms(10), maxLead: ms(1_000), allowTest: true };
const strict: Policy = { ...policy, allowTest: false };

type Stated = { offset?: bigint; bound?: DurationNs; health?: SourceHealth; taiMinusUtc?: number };

function disciplined(stated: readonly Stated[], change: Partial<DisciplineOptions> = {}) {
  const clock = new FakeClock(START);
  const sources = stated.map(({ offset = 0n, bound = ms(2), ...rest }) =>
    fixedSource(clock, { offset, bound, ...rest }),
  );
  const discipline = new Discipline({
    clock,
    sources,
    policy,
    leapTable: BUILT_IN_LEAP_TABLE,
    assumedUncertainty: ms(1),
    hardwareKey: true,
    ...change,
  });
  return { clock, discipline };
}

const refuses = (discipline: Discipline, reason: RegExp): void =>
  assert.throws(
    () => discipline.reading(),
    (error: Error & { code?: string }) => error.code === "clock/not-available" && reason.test(error.message),
  );

describe("the discipline", () => {
  it("states TAI with the source's bound", async () => {
    const { discipline } = disciplined([{ offset: 5n }]);
    await discipline.refresh();
    assert.deepEqual(discipline.reading(), {
      time: START + 5n + 37n * NS_PER_S,
      uncertainty: ms(2),
      taiMinusUtc: 37,
      flags: 0,
    });
  });

  it("refuses before it has read a source", () => refuses(disciplined([{}]).discipline, /not been read/));

  it("lets the uncertainty grow by 100 ppm between looks", async () => {
    const { clock, discipline } = disciplined([{}]);
    await discipline.refresh();
    clock.advance(NS_PER_S);
    assert.equal(discipline.reading().uncertainty, 2n * NS_PER_MS + 100_000n);
    await discipline.refresh();
    assert.equal(discipline.reading().uncertainty, ms(2));
  });

  it("refuses when the sources were not read for ten seconds", async () => {
    const { clock, discipline } = disciplined([{}]);
    await discipline.refresh();
    clock.advance(10n * NS_PER_S + 1n);
    refuses(discipline, /not read for too long/);
  });

  it("refuses while the uncertainty exceeds the policy", async () => {
    const { discipline } = disciplined([{ bound: durationNs(10n * NS_PER_MS + 1n) }]);
    await discipline.refresh();
    refuses(discipline, /exceeds the policy/);
    assert.match(discipline.whyNotAvailable() ?? "", /exceeds the policy/);
  });

  it("takes an unsynchronised clock only where the policy allows the test flag, and sets it", async () => {
    const allowed = disciplined([{ health: "unsynchronised" }]).discipline;
    await allowed.refresh();
    assert.deepEqual([allowed.reading().uncertainty, allowed.reading().flags], [ms(1), FLAG.test]);
    const refused = disciplined([{ health: "unsynchronised" }], { policy: strict }).discipline;
    await refused.refresh();
    refuses(refused, /no source vouches/);
  });

  it("never takes an unavailable source, test flag or not", async () => {
    const { discipline } = disciplined([{ health: "unavailable" }]);
    await discipline.refresh();
    refuses(discipline, /no source vouches/);
  });

  it("prefers a source that vouches to one that does not", async () => {
    const { discipline } = disciplined([{ health: "unsynchronised" }, { bound: ms(4) }]);
    await discipline.refresh();
    assert.deepEqual([discipline.reading().uncertainty, discipline.reading().flags], [ms(4), 0]);
  });

  it("sets the test flag for a key that is not in hardware", async () => {
    const { discipline } = disciplined([{}], { hardwareKey: false });
    assert.equal(discipline.flags, FLAG.test, "also before there is a reading");
    await discipline.refresh();
    assert.equal(discipline.reading().flags, FLAG.test);
  });

  it("sets the holdover flag when nothing better is left", async () => {
    const { discipline } = disciplined([{ health: "holdover" }, { health: "unsynchronised" }]);
    await discipline.refresh();
    assert.equal(discipline.reading().flags, FLAG.holdover);
  });

  it("outvotes one liar among three sources", async () => {
    const { discipline } = disciplined([{ offset: 0n }, { offset: 1_000n }, { offset: 500n * NS_PER_MS }]);
    await discipline.refresh();
    const { time, uncertainty } = discipline.reading();
    const truth = START + 37n * NS_PER_S;
    assert.ok(time - uncertainty <= truth && truth <= time + uncertainty);
  });

  it("refuses when two sources contradict one another", async () => {
    const { discipline } = disciplined([{ offset: 0n }, { offset: 5n * NS_PER_MS }]);
    await discipline.refresh();
    refuses(discipline, /contradict/);
  });

  it("refuses a kernel whose TAI offset contradicts the table", async () => {
    const { discipline } = disciplined([{ taiMinusUtc: 36 }]);
    await discipline.refresh();
    refuses(discipline, /TAI - UTC = 36/);
  });

  for (const direction of [1n, -1n])
    it(`notices a clock that is set ${direction > 0n ? "forward" : "back"}, refuses until the sources are read again, and counts it`, async () => {
      const { clock, discipline } = disciplined([{}]);
      await discipline.refresh();
      clock.step(direction * 3n * NS_PER_MS);
      refuses(discipline, /was set/);
      refuses(discipline, /being read again/);
      assert.equal(discipline.steps, 1);
      await discipline.refresh();
      discipline.reading();
      assert.equal(discipline.steps, 1);
    });

  it("counts a step that no reading came across", async () => {
    const { clock, discipline } = disciplined([{}]);
    await discipline.refresh();
    clock.step(NS_PER_S);
    await discipline.refresh();
    assert.equal(discipline.steps, 1);
  });

  it("does not take slewing within the uncertainty for a step", async () => {
    const { clock, discipline } = disciplined([{}]);
    await discipline.refresh();
    clock.step(NS_PER_MS);
    discipline.reading();
    assert.equal(discipline.steps, 0);
  });

  it("refuses once the leap second table has expired, except on a test network", async () => {
    const leapTable = { ...BUILT_IN_LEAP_TABLE, expires: 1_794_000_000n };
    const refused = disciplined([{}], { leapTable, policy: strict }).discipline;
    await refused.refresh();
    refuses(refused, /expired/);
    const test = disciplined([{}], { leapTable }).discipline;
    await test.refresh();
    test.reading();
  });

  it("refuses while a leap second happens, and announces it the day before", async () => {
    const leap = 1_795_000_010n;
    const leapTable = {
      entries: [...BUILT_IN_LEAP_TABLE.entries, { utc: leap, taiMinusUtc: 38 }],
      expires: leap + 1_000_000n,
    };
    const { clock, discipline } = disciplined([{}], { leapTable });
    await discipline.refresh();
    assert.equal(discipline.reading().flags, FLAG.leapInsertion);
    clock.advance(9n * NS_PER_S);
    refuses(discipline, /leap second is happening/);
  });

  it("contains the true time however the machine's clock is off, drifts and is set, as long as its sources are right", async () => {
    const action = fc.oneof(
      fc.record({ act: fc.constant("pass" as const), ns: fc.bigInt({ min: 0n, max: 3n * NS_PER_S }) }),
      fc.record({ act: fc.constant("step" as const), ns: fc.bigInt({ min: -2n * NS_PER_S, max: 2n * NS_PER_S }) }),
      fc.record({ act: fc.constant("refresh" as const), ns: fc.constant(0n) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 30 }),
        fc.bigInt({ min: -ms(1), max: ms(1) }),
        async (actions, error) => {
          const clock = new FakeClock(START);
          let truth: bigint = START + error;
          const source = {
            name: "honest",
            read: async () => {
              const offset = truth - clock.utcNow();
              return {
                health: "synchronised" as const,
                detail: "",
                offset: { earliest: offset - ms(2), latest: offset + ms(1) },
                at: clock.monotonicNow(),
                machineOffset: clock.utcMinusMonotonic() as bigint,
              };
            },
          };
          const discipline = new Discipline({
            clock,
            sources: [source],
            policy,
            leapTable: BUILT_IN_LEAP_TABLE,
            assumedUncertainty: ms(1),
            hardwareKey: true,
          });
          for (const { act, ns } of actions) {
            if (act === "refresh") await discipline.refresh();
            else if (act === "step") clock.step(ns);
            else {
              // The machine's oscillator runs 90 ppm fast.
              clock.advance(ns + (ns * 90n) / 1_000_000n);
              truth += ns;
            }
            let reading: { time: bigint; uncertainty: bigint };
            try {
              reading = discipline.reading();
            } catch {
              continue;
            }
            const tai = truth + 37n * NS_PER_S;
            assert.ok(reading.time - reading.uncertainty <= tai && tai <= reading.time + reading.uncertainty);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
