import assert from "node:assert/strict";
import { CLOCK } from "@chronoledger/bindings";
import { MAX_U64, NS_PER_S, unixNs } from "@chronoledger/core";
import type { Hex } from "@chronoledger/txm";
import { keccak256 } from "viem";
import { feeCap, judge, rankOf, wakeAt } from "./policy.ts";
import { newRun, type Run } from "./run.ts";
import { sampleRun } from "./sample-run.ts";

const GWEI = 1_000_000_000n;
const prices = { baseFee: GWEI, tip: GWEI };
const policy = { minRewardPercent: 100, maxFeePerGas: 500n * GWEI };
const leads = { leadMs: 250, attestedLeadMs: 2_000 };
const ids = Array.from({ length: 300 }, (_, i) => keccak256(`0x${i.toString(16).padStart(8, "0")}`));
const withSchedule = (fields: Partial<Run["schedule"]>): Run => {
  const run = sampleRun();
  return { ...run, schedule: { ...run.schedule, ...fields } };
};

describe("the keeper's policy", () => {
  it("runs what pays its cost", () => {
    assert.deepEqual(judge(withSchedule({ reward: 10n ** 15n }), prices, policy), { run: true });
  });

  it("does not run at a loss, and says so as underfunded", () => {
    const verdict = judge(withSchedule({ reward: 1n }), prices, policy);
    assert.ok(
      !verdict.run && verdict.later && verdict.outcome === "underfunded" && /does not cover/.test(verdict.reason),
    );
    assert.deepEqual(judge(withSchedule({ reward: 0n }), prices, { ...policy, minRewardPercent: 0 }), { run: true });
  });

  it("does not run what only a certificate could open", () => {
    const verdict = judge(withSchedule({ clock: CLOCK.certificate }), prices, policy);
    assert.ok(!verdict.run && !verdict.later && /certificate/.test(verdict.reason));
  });

  it("waits while the base fee is above the schedule's or its own limit", () => {
    for (const [run, at] of [
      [withSchedule({ maxBaseFee: GWEI - 1n }), prices],
      [withSchedule({ maxBaseFee: MAX_U64 }), { ...prices, baseFee: 600n * GWEI }],
    ] as const) {
      const verdict = judge(run, at, { ...policy, minRewardPercent: 0 });
      assert.ok(!verdict.run && verdict.later && verdict.outcome === "expired");
    }
  });

  it("leaves alone what no transaction can hold", () => {
    for (const run of [
      withSchedule({ gasLimit: 4_294_967_295 }),
      { ...sampleRun(), data: `0x${"00".repeat(200_000)}` as Hex },
    ]) {
      const verdict = judge(run, prices, policy);
      assert.ok(!verdict.run && !verdict.later);
    }
  });

  it("never offers more for gas than the reward covers", () => {
    const run = withSchedule({ reward: 10n ** 15n });
    const cap = feeCap(run, policy);
    assert.ok(cap > 0n && cap < policy.maxFeePerGas);
    assert.equal(feeCap(run, { ...policy, minRewardPercent: 0 }), policy.maxFeePerGas);
  });

  it("gives each run one first keeper, and every other its own turn", () => {
    for (const id of ids) {
      const ranks = [0, 1, 2].map((index) => rankOf(id, { index, count: 3 }));
      assert.deepEqual([...ranks].sort(), [0, 1, 2]);
    }
    const first = ids.filter((id) => rankOf(id, { index: 0, count: 3 }) === 0).length;
    assert.ok(first > 70 && first < 130, `${first} of 300`);
  });

  it("wakes the first keeper ahead and the others after their stagger", () => {
    const run = sampleRun();
    const notBefore = run.schedule.notBefore;
    const [one, two] = [0, 1]
      .map((index) => wakeAt(run, { index, count: 2, staggerMs: 2_500 }, leads))
      .sort((a, b) => (a < b ? -1 : 1));
    assert.equal(one, notBefore - 250_000_000n);
    assert.equal(two, notBefore + 2_500_000_000n);
    assert.equal(
      wakeAt(withSchedule({ clock: 1 }), { index: 0, count: 1, staggerMs: 1 }, leads),
      notBefore - 2n * NS_PER_S,
    );
  });

  it("stays within 64 bits for deadlines at either end of time", () => {
    const roster = { index: 0, count: 1, staggerMs: 2_500 };
    assert.equal(wakeAt(withSchedule({ notBefore: 0n }), roster, leads), 0n);
    const late = newRun({ ...withSchedule({ notBefore: MAX_U64 }), generation: 1 }, unixNs(0n));
    for (const index of [0, 1]) assert.ok(wakeAt(late, { index, count: 2, staggerMs: 86_400_000 }, leads) <= MAX_U64);
  });
});
