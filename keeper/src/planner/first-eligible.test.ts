import assert from "node:assert/strict";
import { isFirstEligible } from "./first-eligible.ts";
import { sampleRun } from "./sample-run.ts";

const S = 1_800_000_000n;
const later = { blockNumber: 100 };

describe("the first eligible block", () => {
  const run = sampleRun();
  for (const [parentTimestamp, blockTimestamp, expected] of [
    [S, S + 1n, true],
    [S - 3n, S + 9n, true],
    [S + 1n, S + 2n, false],
    [S - 1n, S, false],
    [S + 1n, S + 1n, false],
  ] as const)
    it(`is ${expected ? "" : "not "}the one at ${blockTimestamp} s after one at ${parentTimestamp} s, for a deadline at ${S}.5 s`, () => {
      assert.equal(isFirstEligible(run, { ...later, blockTimestamp, parentTimestamp }), expected);
    });

  it("is the next one for a run that was due when it was scheduled", () => {
    assert.equal(isFirstEligible(run, { blockNumber: 11, parentTimestamp: S + 5n, blockTimestamp: S + 6n }), true);
    assert.equal(isFirstEligible(run, { blockNumber: 12, parentTimestamp: S + 6n, blockTimestamp: S + 7n }), false);
  });

  it("is the one after attested time arrived, on the attested clock", () => {
    const attested = sampleRun({ schedule: { ...run.schedule, clock: 1 } });
    const times = { ...later, parentTimestamp: S, blockTimestamp: S + 1n };
    const { notBefore } = attested.schedule;
    assert.equal(isFirstEligible(attested, { ...times, attestedBeforeParent: notBefore - 1n }), true);
    assert.equal(isFirstEligible(attested, { ...times, attestedBeforeParent: notBefore }), false);
    assert.equal(isFirstEligible(attested, times), null);
  });
});
