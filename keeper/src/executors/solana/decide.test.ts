import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { Task } from "@chronoledger/solana";
import { fakeTask } from "../../../../test/support/fake-task-chain.ts";
import { type Decision, decide, type Moment, type TaskPolicy, timeOf } from "./decide.ts";

const DUE = 1_800_000_010n * NS_PER_S;
const END = 1_800_000_040n * NS_PER_S;
const policy: TaskPolicy = { rank: 0, staggerMs: 2_500, leadMs: 2_000, minReward: 1n, fee: 5_000n, expires: true };

/** All clocks agree; the chain's in whole seconds. */
const at = (time: bigint, fields: Partial<Moment> = {}): Moment => {
  const seconds = unixNs((time / NS_PER_S) * NS_PER_S);
  return {
    own: time as UnixNs,
    estimate: time as UnixNs,
    seen: seconds,
    next: seconds,
    attested: undefined,
    ...fields,
  };
};
const whatOf = (task: Task, now: Moment, changed: Partial<TaskPolicy> = {}): Decision["do"] =>
  decide(task, now, { ...policy, ...changed }).do;

describe("what to do with a task", () => {
  const task = fakeTask({ rewardFloor: 100_000n });

  it("is to wait until the lead before its moment", () => {
    assert.deepEqual(decide(task, at(DUE - 2n * NS_PER_S - 1n), policy), {
      do: "wait",
      window: { number: 0, notBefore: DUE, notAfter: END },
      until: DUE - 2n * NS_PER_S,
    });
    assert.equal(whatOf(task, at(DUE - 2n * NS_PER_S)), "prepare");
  });

  it("is to fire when the next slot can run it, and not before", () => {
    assert.equal(whatOf(task, at(DUE - 1n)), "prepare");
    assert.equal(whatOf(task, at(DUE - 1n, { next: unixNs(DUE) })), "fire");
    assert.equal(whatOf({ ...task, notBefore: unixNs(DUE + 1n) }, at(DUE + 1n)), "prepare");
    assert.equal(whatOf(task, at(END)), "fire");
  });

  it("reckons with a chain whose clock is not this machine's", () => {
    const own = unixNs(DUE - 5n * NS_PER_S);
    const ahead = at(DUE - 2n * NS_PER_S, { own });
    assert.equal(whatOf(task, ahead), "prepare");
    const decision = decide(task, at(DUE - 4n * NS_PER_S, { own }), policy);
    assert.equal(decision.do === "wait" && decision.until, own + 2n * NS_PER_S);
  });

  it("is, for a stand-in, to wait as many staggers as there are keepers before it", () => {
    const turn = DUE + 5n * NS_PER_S;
    const decision = decide(task, at(turn - 1n), { ...policy, rank: 2 });
    assert.equal(decision.do === "wait" && decision.until, turn);
    assert.equal(whatOf(task, at(turn), { rank: 2 }), "fire");
  });

  it("is to go by certified time where the task does", () => {
    const attested = { ...task, clock: "attested" as const };
    assert.equal(whatOf(attested, at(DUE + NS_PER_S)), "prepare");
    assert.equal(whatOf(attested, at(DUE + NS_PER_S, { attested: unixNs(DUE - 1n) })), "prepare");
    assert.equal(whatOf(attested, at(DUE - NS_PER_MS, { attested: unixNs(DUE) })), "fire");
    assert.equal(whatOf(attested, at(END + 2n * NS_PER_S, { attested: unixNs(END) })), "fire");
    assert.equal(whatOf(attested, at(END + 2n * NS_PER_S, { attested: unixNs(END + 1n) })), "expire");
    assert.equal(whatOf(attested, at(END, { attested: unixNs(END + 1n) })), "leave");
  });

  it("is to call an attested run over once no certificate of its window would count", () => {
    const attested = { ...task, clock: "attested" as const };
    assert.equal(whatOf(attested, at(END + 60n * NS_PER_S)), "prepare");
    assert.equal(whatOf(attested, at(END + 61n * NS_PER_S)), "expire");
    assert.equal(timeOf(attested, { seen: unixNs(DUE), attested: unixNs(DUE - 61n * NS_PER_S) }), DUE - 60n * NS_PER_S);
  });

  it("is to leave an attested task that only certified time has ended", () =>
    assert.equal(whatOf({ ...task, clock: "attested" }, at(END - NS_PER_S, { attested: unixNs(END + 1n) })), "leave"));

  it("is to expire it when its last window is over, if this keeper is first and may", () => {
    const over = at(END + NS_PER_S);
    assert.equal(whatOf(task, at(END)), "fire");
    assert.equal(whatOf(task, over), "expire");
    assert.equal(whatOf(task, over, { rank: 1 }), "leave");
    assert.equal(whatOf(task, over, { expires: false }), "leave");
    assert.equal(whatOf({ ...task, interval: 60n * NS_PER_S, count: 2 }, over), "wait");
  });

  it("is to pass over what its deposit does not pay", () => {
    const poor = { ...task, escrow: task.reward - 1n };
    const decision = decide(poor, at(DUE), { ...policy, minReward: 0n });
    assert.equal(decision.do, "skip");
    assert.match(decision.do === "skip" ? decision.reason : "", /deposit 99999 does not cover the reward 100000/);
    assert.equal(decision.do === "skip" && decision.until, END + 1n);
    assert.equal(whatOf({ ...task, escrow: task.reward }, at(DUE)), "fire");
  });

  it("is to pass over a reward below the fee or below the least, unless everything is run", () => {
    assert.equal(whatOf(task, at(DUE), { fee: 100_000n }), "fire");
    assert.equal(whatOf(task, at(DUE), { fee: 100_001n }), "skip");
    assert.equal(whatOf(task, at(DUE), { minReward: 100_000n }), "fire");
    assert.equal(whatOf(task, at(DUE), { minReward: 100_001n }), "skip");
    assert.equal(whatOf(task, at(DUE), { minReward: 0n, fee: 1_000_000n }), "fire");
    assert.equal(whatOf({ ...task, rewardFloor: 4_999n }, at(END)), "skip");
  });
});
