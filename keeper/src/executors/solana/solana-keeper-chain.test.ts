import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { Keypair, TransactionInstruction } from "@solana/web3.js";
import { TaskRig } from "../../../../test/support/task-rig.ts";
import { until } from "../../../../test/support/until.ts";
import type { SolanaKeeper } from "./solana-keeper.ts";

describe("the keeper and the program", () => {
  let rig: TaskRig;
  beforeEach(async () => {
    rig = await TaskRig.start({ finalizeAfter: 16 });
  });
  afterEach(() => rig.stop());

  /** The next slot can run it by the chain's clock. */
  const dueNext = (keeper: SolanaKeeper, time: UnixNs, runs: bigint) => () =>
    rig.count < runs && keeper.time.next >= time;
  const placed =
    (keeper: SolanaKeeper, task: string, number = 0) =>
    () =>
      keeper.history.get(task, number)?.firstEligible != null;

  it("run a task by the chain's clock in the first slot that can have it", async () => {
    const keeper = await rig.keeper();
    await rig.produceUntil("known phases", [keeper], () => rig.chain.local.slot > 60);
    const due = unixNs(rig.in(4n) + 300n * NS_PER_MS);
    const task = await rig.queue({ notBefore: due });
    const before = rig.chain.lamports(keeper.account);
    await rig.produceUntil("booked", [keeper], placed(keeper, task), dueNext(keeper, due, 1n));
    const run = keeper.history.get(task, 0);
    assert.equal(rig.count, 1n);
    assert.equal(run?.firstEligible, true);
    assert.equal(run.mine, true);
    assert.equal(run.end?.unixSeconds, due / NS_PER_S + 1n);
    const gained = rig.chain.lamports(keeper.account) - before;
    assert.ok(gained > 0n && gained <= 95_000n, `${gained}`);
    await rig.produceUntil("final", [keeper], () => keeper.history.get(task, 0)?.state === "final");
  });

  it("run a task by attested time in the slot after the certificate", async () => {
    const asked: UnixNs[] = [];
    const keeper = await rig.keeper({ demand: async (time) => void asked.push(time) });
    const due = unixNs(rig.in(3n) + 5n);
    const task = await rig.queue({ clock: "attested", notBefore: due });
    await rig.produceUntil("asked", [keeper], () => asked.length > 0 && rig.chain.now > due);
    assert.equal(asked[0], due);
    assert.equal(rig.count, 0n);
    await rig.chain.attest(due);
    await until("a transaction waits", () => rig.chain.local.pendingCount > 0);
    await rig.produceUntil("booked", [keeper], placed(keeper, task));
    assert.equal(rig.count, 1n);
    assert.equal(keeper.history.get(task, 0)?.firstEligible, true);
  });

  it("run a task of more accounts than a transaction names, by the lookup table of its queueing", async () => {
    const many = Array.from({ length: 40 }, () => Keypair.generate().publicKey);
    const increment = await rig.target("increment");
    const keys = many.map((pubkey) => ({ pubkey, isSigner: false, isWritable: false }));
    const wide = new TransactionInstruction({ ...increment, keys: [...increment.keys, ...keys] });
    const table = await rig.chain.lookupTable(many);
    const keeper = await rig.keeper();
    const due = rig.in(3n);
    const task = await rig.queue({ notBefore: due }, [wide], [table]);
    await rig.produceUntil("booked", [keeper], placed(keeper, task), dueNext(keeper, due, 1n));
    assert.equal(rig.count, 1n);
  });

  it("run a recurring task each time, once", async () => {
    const keeper = await rig.keeper();
    const due = rig.in(3n);
    const interval = 3n * NS_PER_S;
    const task = await rig.queue({
      notBefore: due,
      notAfter: unixNs(due + 2n * NS_PER_S),
      recurrence: { kind: "every", interval, count: 4 },
    });
    const dueTime = () => unixNs(due + rig.count * interval);
    await rig.produceUntil("all", [keeper], placed(keeper, task, 3), () => dueNext(keeper, dueTime(), 4n)());
    assert.equal(rig.count, 4n);
    assert.deepEqual(
      keeper.history.of(task).map(({ number, outcome, firstEligible }) => [number, outcome, firstEligible]),
      [0, 1, 2, 3].map((number) => [number, "executed", true]),
    );
    assert.equal(rig.chain.local.account(task), undefined);
  });

  it("never run a task twice where there are two, and book who ran it", async () => {
    const rosters = [0, 1].map((index) => ({ index, count: 2, staggerMs: 2_000 }));
    const keepers = [
      await rig.keeper({ roster: rosters[0] as never }),
      await rig.keeper({ roster: rosters[1] as never }),
    ];
    const due = rig.in(6n);
    const tasks: string[] = [];
    for (let i = 0; i < 4; i++) tasks.push(await rig.queue({ notBefore: due }));
    await rig.produceUntil("booked", keepers, () =>
      keepers.every(({ history }) => tasks.every((task) => history.get(task, 0)?.outcome === "executed")),
    );
    await rig.produceUntil("the stand-in's turn is over", keepers, () => rig.chain.now > due + 4n * NS_PER_S);
    assert.equal(rig.count, 4n);
    for (const task of tasks)
      assert.deepEqual(keepers.map(({ history }) => history.get(task, 0)?.mine).sort(), [false, true]);
  });

  for (const when of ["before its lead", "when it is signed", "when it is sent"] as const)
    it(`lose nothing when the keeper is stopped ${when} and another process starts`, async () => {
      const first = await rig.keeper();
      const due = rig.in(5n);
      const task = await rig.queue({ notBefore: due });
      const state = () => first.history.get(task, 0)?.state;
      if (when === "when it is signed") await rig.produceUntil("signed", [first], () => state() === "signed");
      if (when === "when it is sent")
        await rig.produceUntil("sent", [first], () => state() === "sent", dueNext(first, due, 1n));
      await first.stop();
      const second = await rig.keeper();
      await rig.produceUntil("run", [second], () => rig.count === 1n);
      for (let slots = 0; slots < 10; slots++) await rig.produce([second]);
      assert.equal(rig.count, 1n);
      assert.equal(rig.chain.local.account(task), undefined);
    });

  it("send again what was dropped, in time for the same slot", async () => {
    const keeper = await rig.keeper();
    const due = rig.in(4n);
    const task = await rig.queue({ notBefore: due });
    rig.chain.local.dropNext(2);
    await rig.produceUntil("booked", [keeper], placed(keeper, task), dueNext(keeper, due, 1n));
    assert.equal(rig.count, 1n);
    assert.equal(keeper.history.get(task, 0)?.firstEligible, true);
  });

  it("run again what a fork took away", async () => {
    const keeper = await rig.keeper();
    const due = rig.in(4n);
    const task = await rig.queue({ notBefore: due });
    await rig.produceUntil("run", [keeper], () => keeper.history.get(task, 0)?.state === "included");
    const ranIn = keeper.history.get(task, 0)?.end?.slot ?? 0;
    rig.chain.local.fork(rig.chain.local.slot - ranIn + 1);
    assert.equal(rig.count, 0n);
    await rig.produceUntil("run again", [keeper], () => rig.count === 1n);
    await rig.produceUntil("final", [keeper], () => keeper.history.get(task, 0)?.state === "final");
    assert.ok(keeper.history.get(task, 0)?.timeline.some(({ step }) => step === "in-doubt"));
  });

  it("pay once for a task that fails", async () => {
    const keeper = await rig.keeper();
    const task = await rig.queue({ notBefore: rig.in(3n) }, [await rig.target("fail")]);
    const before = rig.chain.lamports(keeper.account);
    await rig.produceUntil("expired", [keeper], () => keeper.history.get(task, 0)?.state === "expired");
    assert.equal(keeper.history.get(task, 0)?.reason, "AsAsked");
    assert.equal(before - rig.chain.lamports(keeper.account), 5_000n);
    await rig.produceUntil("closed", [keeper], () => rig.chain.local.account(task) === undefined);
  });
});
