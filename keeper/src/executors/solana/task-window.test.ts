import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { fakeTask } from "../../../../test/support/fake-task-chain.ts";
import { nextWindow, rewardAt } from "./task-window.ts";

const task = fakeTask({ notBefore: unixNs(100n), notAfter: unixNs(110n), interval: 20n, count: 3 });
const numberAt = (time: bigint, number = 0) => nextWindow({ ...task, number }, time)?.number;

describe("windows of a task", () => {
  for (const [time, number] of [
    [0n, 0],
    [100n, 0],
    [110n, 0],
    [111n, 1],
    [120n, 1],
    [130n, 1],
    [131n, 2],
    [150n, 2],
    [151n, undefined],
    [10_000n, undefined],
  ] as const)
    it(`at ${time} the next that can happen is ${number}`, () => assert.equal(numberAt(time), number));

  it("moves by the interval, and starts no earlier than the account's number", () => {
    assert.deepEqual(nextWindow({ ...task, number: 2 }, 0n), { number: 2, notBefore: 140n, notAfter: 150n });
    assert.equal(numberAt(0n, 3), undefined);
    assert.equal(numberAt(140n, 1), 2);
  });

  it("of a task without an interval is the one it has, whatever its number", () => {
    const asked = { ...task, interval: 0n, number: 2 };
    assert.deepEqual(nextWindow(asked, 110n), { number: 2, notBefore: 100n, notAfter: 110n });
    assert.equal(nextWindow(asked, 111n), undefined);
  });
});

describe("the reward of a run", () => {
  const paid = fakeTask({
    notBefore: unixNs(0n),
    notAfter: unixNs(100n),
    grace: 10n,
    reward: 1_000n,
    rewardFloor: 100n,
  });
  for (const [lateness, reward] of [
    [0n, 1_000n],
    [10n, 1_000n],
    [11n, 990n],
    [55n, 550n],
    [100n, 100n],
    [500n, 100n],
  ] as const)
    it(`is ${reward} after ${lateness} ns`, () => assert.equal(rewardAt(paid, lateness), reward));

  it("is rounded up, as the program does", () => {
    assert.equal(rewardAt({ ...paid, grace: 97n }, 98n), 700n);
    assert.equal(rewardAt({ ...paid, reward: 1_001n, grace: 97n }, 98n), 701n);
  });

  it("is whole where the grace is the window", () => assert.equal(rewardAt({ ...paid, grace: 100n }, 100n), 1_000n));
});
