import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { createLogger } from "@chronoledger/service";
import type { Task } from "@chronoledger/solana";
import { PublicKey } from "@solana/web3.js";
import { FakeTaskChain, fakeTask } from "../../../../test/support/fake-task-chain.ts";
import { until } from "../../../../test/support/until.ts";
import { type SolanaKeeper, type SolanaKeeperOptions, startSolanaKeeper } from "./solana-keeper.ts";

const START = unixNs(1_800_000_000n * NS_PER_S + 50n * NS_PER_MS);
const silent = createLogger("test", { write: () => undefined });
const nameOf = (index: number): string => new PublicKey(new Uint8Array(32).fill(200 + index)).toBase58();

describe("the keeper on Solana", () => {
  let chain: FakeTaskChain;
  let keepers: SolanaKeeper[];
  beforeEach(() => {
    chain = new FakeTaskChain(START);
    keepers = [];
  });
  afterEach(async () => {
    for (const keeper of keepers) await keeper.stop();
  });

  const start = async (options: Partial<SolanaKeeperOptions> = {}, index = 0, count = 1): Promise<SolanaKeeper> => {
    const keeper = await startSolanaKeeper({
      chain: chain.port(nameOf(index)),
      sender: chain.sender,
      clock: chain.clock,
      log: silent,
      account: nameOf(index),
      roster: { index, count, staggerMs: 2_000 },
      policy: { leadMs: 2_000, minReward: 1n, minFee: 0n, expires: true },
      slotMs: 400,
      guardMs: 30,
      reconcileMs: 60_000,
      demand: undefined,
      ...options,
    });
    keepers.push(keeper);
    return keeper;
  };
  const put = (fields: Partial<Task> = {}): string => {
    const task = fakeTask(fields);
    chain.put(task);
    return task.address.toBase58();
  };
  const produceUntil = async (what: string, done: () => boolean, most = 200): Promise<void> => {
    for (let slots = 0; !done(); slots++) {
      if (slots > most) throw new Error(`not in ${most} slots: ${what}`);
      await chain.produce();
    }
  };
  const runs = () => chain.landed.filter(({ kind, error }) => kind === "run" && error === null);

  it("runs a task in the first slot that can have it, with one transaction", async () => {
    const keeper = await start();
    const task = put();
    await produceUntil("run", () => keeper.history.get(task, 0)?.firstEligible != null);
    const run = keeper.history.get(task, 0);
    assert.equal(run?.state, "included");
    assert.equal(run.outcome, "executed");
    assert.equal(run.firstEligible, true);
    assert.equal(run.mine, true);
    assert.equal(run.end?.unixSeconds, 1_800_000_010n);
    assert.equal(chain.landed.length, 1);
    assert.deepEqual(
      run.timeline.map(({ step }) => step),
      ["planned", "armed", "signed", "sent", "included"],
    );
  });

  it("is in the first slot too when the slot before turned out too early", async () => {
    const keeper = await start();
    const task = put();
    await chain.produce(20);
    // The cluster's clock falls behind just before the task is due.
    await produceUntil("signed", () => chain.unixSeconds === 1_800_000_009n);
    chain.skew = -NS_PER_S;
    await produceUntil("run", () => keeper.history.get(task, 0)?.firstEligible != null);
    assert.equal(keeper.history.get(task, 0)?.firstEligible, true);
    assert.ok(chain.landed.some(({ error }) => error === "TooEarly"));
    assert.equal(runs().length, 1);
  });

  it("runs each window of a recurring task once, and books what nobody ran", async () => {
    const interval = 3n * NS_PER_S;
    const task = put({ interval, count: 4, notAfter: unixNs(1_800_000_011n * NS_PER_S) });
    const first = await start();
    await produceUntil("two runs", () => runs().length === 2);
    await first.stop();
    // Window 2, from second 16 to 17, passes.
    await produceUntil("missed", () => chain.unixSeconds > 1_800_000_017n);
    const keeper = await start();
    await produceUntil("the last run", () => runs().length === 3);
    assert.equal(chain.task(task), undefined);
    await produceUntil("booked", () => keeper.history.get(task, 3)?.state === "included");
    assert.equal(first.history.get(task, 1)?.outcome, "executed");
    assert.deepEqual(
      keeper.history.of(task).map(({ number, outcome }) => [number, outcome]),
      [[3, "executed"]],
    );
  });

  it("calls a window expired that it saw pass", async () => {
    const task = put({
      interval: 3n * NS_PER_S,
      count: 2,
      notAfter: unixNs(1_800_000_011n * NS_PER_S),
      grace: NS_PER_S,
    });
    chain.failures.set(task, "AsAsked");
    const keeper = await start();
    await produceUntil("the second window", () => keeper.history.get(task, 1) !== undefined);
    assert.equal(keeper.history.get(task, 0)?.state, "expired");
    assert.equal(keeper.history.get(task, 0)?.reason, "AsAsked");
  });

  it("never runs one twice with others about, and a stand-in runs what the first keeper does not", async () => {
    const two = [await start({}, 0, 2), await start({}, 1, 2)];
    const tasks = Array.from({ length: 8 }, () => put());
    await produceUntil("all", () => runs().length === 8);
    await chain.produce(12);
    assert.equal(chain.landed.length, 8);
    for (const task of tasks)
      assert.deepEqual(two.map(({ history }) => history.get(task, 0)?.mine).sort(), [false, true]);

    const [first, second] = two as [SolanaKeeper, SolanaKeeper];
    await first.stop();
    const later = Array.from({ length: 8 }, () =>
      put({ notBefore: unixNs(1_800_000_030n * NS_PER_S), notAfter: unixNs(1_800_000_040n * NS_PER_S) }),
    );
    await produceUntil("all of the second's", () => runs().length === 16);
    await chain.produce(2);
    assert.ok(later.every((task) => second.history.get(task, 0)?.mine === true));
    const seconds = later.map((task) => second.history.get(task, 0)?.end?.unixSeconds ?? 0n);
    assert.ok(seconds.some((each) => each >= 1_800_000_032n));
  });

  it("goes on where another process was stopped, at every slot", async () => {
    for (let stopAfter = 0; stopAfter < 8; stopAfter++) {
      const notBefore = unixNs((chain.unixSeconds + 4n) * NS_PER_S);
      const task = put({ notBefore, notAfter: unixNs(notBefore + 20n * NS_PER_S) });
      const before = runs().length;
      const first = await start();
      await produceUntil("near", () => chain.unixSeconds * NS_PER_S >= notBefore - 2n * NS_PER_S);
      await chain.produce(stopAfter);
      await first.stop();
      const second = await start();
      await produceUntil("run", () => chain.task(task) === undefined);
      await chain.produce(3);
      assert.equal(runs().length, before + 1, `stopped after ${stopAfter}`);
      await second.stop();
    }
  });

  it("runs again what a fork took away", async () => {
    const keeper = await start();
    const task = put();
    await produceUntil("run", () => runs().length === 1);
    await chain.produce(2);
    assert.equal(keeper.history.get(task, 0)?.state, "included");
    await chain.fork(3);
    assert.ok(chain.task(task));
    await produceUntil("run again", () => runs().length === 2);
    await produceUntil("final", () => keeper.history.get(task, 0)?.state === "final");
    assert.ok(keeper.history.get(task, 0)?.timeline.some(({ step }) => step === "in-doubt"));
    assert.equal(chain.landed.length, 2);
  });

  it("asks for attested time, and runs with the slot after the certificate", async () => {
    const asked: UnixNs[] = [];
    const keeper = await start({ demand: async (time) => void asked.push(time) });
    const notBefore = unixNs(1_800_000_010n * NS_PER_S + 123n);
    const task = put({ clock: "attested", notBefore });
    chain.attest(unixNs(notBefore - 1n));
    await produceUntil("sure to be late", () => chain.unixSeconds === 1_800_000_012n);
    assert.equal(asked[0], notBefore);
    assert.equal(chain.landed.length, 0);
    chain.attest(notBefore);
    const { slot } = chain;
    await produceUntil("run", () => keeper.history.get(task, 0)?.firstEligible != null);
    const run = keeper.history.get(task, 0);
    assert.equal(run?.firstEligible, true);
    assert.equal(run.end?.slot, slot + 1);
    assert.equal(chain.landed.length, 1);
  });

  it("pays once for a task that fails, and goes on by simulation until it does not", async () => {
    const keeper = await start();
    const task = put();
    chain.failures.set(task, "AsAsked");
    await produceUntil("failures", () => chain.simulations > 3);
    assert.deepEqual(
      chain.landed.map(({ error }) => error),
      ["AsAsked"],
    );
    assert.equal(keeper.history.get(task, 0)?.reason, "AsAsked");
    chain.failures.delete(task);
    await produceUntil("run", () => keeper.history.get(task, 0)?.state === "included");
    assert.equal(chain.landed.length, 2);
  });

  it("leaves what does not pay, until its deposit changes", async () => {
    const keeper = await start();
    const task = put({ reward: 4_999n });
    await produceUntil("in the window", () => chain.unixSeconds > 1_800_000_012n);
    assert.equal(keeper.history.get(task, 0)?.state, "planned");
    assert.match(keeper.history.get(task, 0)?.reason ?? "", /does not cover the fee 5000/);
    chain.put({ ...(chain.task(task) as Task), reward: 50_000n, grace: 20n * NS_PER_S });
    await produceUntil("run", () => keeper.history.get(task, 0)?.state === "included");
  });

  it("closes tasks whose windows are over, if it is the first for them and may", async () => {
    const fields = { notBefore: unixNs(START - 9n * NS_PER_S), notAfter: unixNs(START - 5n * NS_PER_S) };
    const tasks = Array.from({ length: 4 }, () => put(fields));
    await start({ policy: { leadMs: 2_000, minReward: 1n, minFee: 0n, expires: false } });
    await start({}, 0, 2);
    await chain.produce(5);
    await start({}, 1, 2);
    await produceUntil("all closed", () => tasks.every((task) => chain.task(task) === undefined));
    await chain.produce(5);
    assert.deepEqual(
      chain.landed.map(({ kind, error }) => [kind, error]),
      Array.from({ length: 4 }, () => ["expire", null]),
    );
  });

  it("sees that its owner cancelled it", async () => {
    const keeper = await start();
    const task = put();
    await chain.produce(2);
    chain.cancel(task);
    await keeper.stop();
    const again = await start();
    assert.equal(again.history.get(task, 0), undefined);
  });

  it("books a cancellation that it read of", async () => {
    const keeper = await start({ reconcileMs: 20 });
    const task = put();
    await chain.produce(2);
    chain.cancel(task);
    await until("cancelled", async () => {
      await chain.produce();
      return keeper.history.get(task, 0)?.state === "cancelled";
    });
    assert.equal(chain.landed.length, 0);
  });

  it("finds by reading what no subscription told of", async () => {
    const keeper = await start({ reconcileMs: 20 });
    chain.tells = false;
    const task = put();
    await chain.produce();
    await until("found", () => keeper.history.get(task, 0) !== undefined);
  });
});
