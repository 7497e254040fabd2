import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import type { Task, TaskEvent } from "@chronoledger/solana";
import { fakeTask } from "../../../../test/support/fake-task-chain.ts";
import { RunAligner } from "./run-aligner.ts";
import { RunHistory } from "./run-history.ts";
import { TrackedTask } from "./tracked-task.ts";

const window = (number: number, from = 100n) => ({ number, notBefore: unixNs(from), notAfter: unixNs(from + 10n) });
const ran = (number: number, slot: number, keeper = "me"): TaskEvent => ({
  ...{ transaction: `t${slot}`, slot },
  what: { kind: "run", number, keeper, lateness: 0n, chainLateness: 0n, reward: 0n },
});
const closed = (reason: "done" | "cancelled" | "expired", slot: number): TaskEvent => ({
  ...{ transaction: `t${slot}`, slot },
  what: { kind: "closed", reason },
});

describe("runs held against their task's account", () => {
  let history: RunHistory;
  let aligner: RunAligner;
  let tracked: TrackedTask;
  const see = (slot: number, fields: Partial<Task> | undefined) =>
    tracked.see({
      address: "task",
      slot,
      task: fields === undefined ? undefined : { ...fakeTask(), address: undefined as never, ...fields },
    });
  beforeEach(() => {
    history = new RunHistory(() => unixNs(1n), 100);
    aligner = new RunAligner(history);
    tracked = new TrackedTask("task", 0);
    see(10, { count: 5 });
  });
  const stateOf = (number: number) => history.get("task", number)?.state;

  it("begin when the account names them, and only once", () => {
    const run = aligner.open(tracked, window(0));
    assert.equal(run.plannedSlot, 10);
    assert.equal(aligner.open(tracked, window(0)), run);
  });

  it("take over a window that the owner moved", () => {
    aligner.open(tracked, window(0));
    assert.equal(aligner.open(tracked, window(0, 500n)).notBefore, 500n);
    assert.equal(history.of("task").length, 1);
  });

  it("are missed when a later one is next, unless the account says that they ran, or a transaction is under way", () => {
    aligner.open(tracked, window(0));
    tracked.shots.add({ number: 0, sinceSlot: 1, early: false });
    aligner.open(tracked, window(1));
    assert.equal(stateOf(0), "planned");
    tracked.shots.clear();
    see(11, { count: 5, number: 1 });
    aligner.open(tracked, window(2));
    assert.equal(stateOf(0), "planned");
    assert.equal(stateOf(1), "expired");
    aligner.over(tracked);
    assert.equal(stateOf(2), "expired");
  });

  it("are told by the chain's events: who ran them", () => {
    aligner.open(tracked, window(0));
    see(12, { count: 5, number: 1 });
    assert.equal(aligner.ended(tracked).length, 1);
    aligner.explain(tracked, [ran(0, 9)], "me");
    assert.equal(stateOf(0), "planned", "an event from before it was planned is of another");
    aligner.explain(tracked, [ran(0, 11, "other")], "me");
    const run = history.get("task", 0);
    assert.deepEqual([run?.state, run?.mine, run?.transaction, run?.end?.slot], ["included", false, "t11", 11]);
    assert.equal(aligner.ended(tracked).length, 0);
  });

  for (const [reason, state, outcome] of [
    ["cancelled", "cancelled", "cancelled"],
    ["expired", "expired", "expired"],
  ] as const)
    it(`are ${state} with a task that is ${reason}`, () => {
      aligner.open(tracked, window(0));
      see(12, undefined);
      aligner.explain(tracked, [closed(reason, 11)], "me");
      assert.equal(stateOf(0), state);
      assert.equal(history.get("task", 0)?.outcome, outcome);
    });

  it("are missed where a later one ran", () => {
    aligner.open(tracked, window(0));
    see(12, { count: 5, number: 3 });
    aligner.explain(tracked, [ran(2, 12)], "me");
    assert.equal(stateOf(0), "expired");
  });

  it("stay open while nothing tells how they ended", () => {
    aligner.open(tracked, window(0));
    see(12, undefined);
    assert.deepEqual(aligner.explain(tracked, [], "me"), []);
    assert.equal(stateOf(0), "planned");
  });

  it("are open again when a fork took their end away", () => {
    const run = aligner.open(tracked, window(0));
    aligner.included(run, { transaction: "t", slot: 11, mine: true });
    see(12, { count: 5 });
    const again = aligner.open(tracked, window(0));
    assert.deepEqual([again.state, again.end, again.mine, again.outcome], ["planned", null, false, null]);
    assert.deepEqual(
      again.timeline.map(({ step }) => step),
      ["planned", "included", "in-doubt", "planned"],
    );
  });

  it("begin anew under an address that is used again", () => {
    const run = aligner.open(tracked, window(0));
    aligner.included(run, { transaction: "t", slot: 11, mine: true });
    see(12, { count: 5 });
    const anew = aligner.open(tracked, window(0, 900n));
    assert.deepEqual([anew.state, anew.plannedSlot, anew.timeline.length], ["planned", 12, 1]);
  });

  it("are final when the final slot has their end and the account agrees", () => {
    aligner.included(aligner.open(tracked, window(0)), { transaction: "t", slot: 12, mine: true });
    aligner.settle(tracked, 12);
    assert.equal(stateOf(0), "included", "the account was read before");
    see(12, { count: 5, number: 1 });
    aligner.settle(tracked, 11);
    assert.equal(stateOf(0), "included");
    aligner.settle(tracked, 12);
    assert.equal(stateOf(0), "final");
    see(13, { count: 5, number: 0 });
    assert.equal(aligner.open(tracked, window(0)).state, "planned", "an update starts the numbers again");
  });

  it("do not follow an older reading", () => {
    assert.equal(see(9, { count: 5, number: 3 }), false);
    assert.equal(tracked.task?.number, 0);
    tracked.mustSee = 20;
    assert.ok(tracked.stale);
    assert.equal(see(19, { count: 5, number: 3 }), false);
    assert.equal(see(20, { count: 5, number: 3 }), true);
    assert.ok(!tracked.stale);
    assert.equal(see(21, { count: 5, number: 3 }), false);
  });
});
