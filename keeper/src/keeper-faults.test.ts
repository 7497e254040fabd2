import assert from "node:assert/strict";
import { connectRpc } from "@chronoledger/txm";
import { startAnvil } from "../../test/support/anvil.ts";
import { KEEPER_KEYS, KeeperRig } from "../../test/support/keeper-rig.ts";
import { startRedis } from "../../test/support/redis.ts";
import { deploySchedulerChain } from "../../test/support/scheduler.ts";
import { startTcpProxy } from "../../test/support/tcp-proxy.ts";
import { until } from "../../test/support/until.ts";

describe("the keeper when something fails", function () {
  this.timeout(60_000);
  const rig = KeeperRig.install();

  it("loses and repeats nothing when it is killed and started again", async () => {
    const first = await rig.start();
    const scheduled = await rig.schedule(rig.deadlines(2_500, 24, 150));
    await until("half of them have run", async () => (await rig.executions()).length >= 10, 20_000);
    await first.kill();
    const second = await rig.start({}, { dataDir: first.dataDir });
    await rig.ended(second, 24);
    await rig.allFinal(second);
    await rig.assertOnce(scheduled);
  });

  it("goes on without Redis, and uses it again when it is back", async () => {
    const own = await startRedis();
    rig.later(() => own.stop());
    const keeper = await rig.start({ KEEPER_REDIS_URL: own.url });
    const before = await rig.schedule(rig.deadlines(2_000, 4, 300));
    await own.stop();
    const meanwhile = await rig.schedule(rig.deadlines(1_500, 4, 200));
    await rig.ended(keeper, 8);
    await rig.assertOnce([...before, ...meanwhile]);
    assert.equal((await keeper.status()).queue, "disconnected");
    const again = await startRedis({ port: own.port });
    rig.later(() => again.stop());
    await until("Redis is used again", async () => (await keeper.status()).queue === "connected");
    await rig.schedule(rig.deadlines(1_500, 1, 0));
    await rig.ended(keeper, 9);
    assert.equal(await keeper.end(), 0);
  });

  it("goes on when the node is away over a deadline, and is ready again with it", async () => {
    const proxy = await startTcpProxy(Number(new URL(rig.anvil.rpcUrl).port));
    rig.later(() => proxy.close());
    const keeper = await rig.start({ KEEPER_RPC_URL: `ws://127.0.0.1:${proxy.port}` });
    const readiness = async () => (await fetch(`${keeper.url}/readyz`)).status;
    const scheduled = await rig.schedule(rig.deadlines(2_000, 3, 400));
    await until("they are planned", async () => (await keeper.status()).pending === 3);
    proxy.cut();
    await until("it says that it is not ready", async () => (await readiness()) === 503);
    const last = scheduled.at(-1)?.schedule.notBefore ?? 0n;
    await until("the deadlines have passed", () => rig.clock.utcNow() > last);
    proxy.mend();
    await rig.ended(keeper, 3);
    await rig.assertOnce(scheduled);
    await until("it is ready", async () => (await readiness()) === 200);
  });

  it("runs once more what a reorganisation took back", async () => {
    const own = await startAnvil({ blockTime: 0.25 });
    const rpc = connectRpc(own.ipcPath);
    rig.later(() => rpc.close());
    rig.later(() => own.stop());
    const on = await deploySchedulerChain(own.rpcUrl);
    const keeper = await rig.start({ KEEPER_RPC_URL: own.ipcPath, KEEPER_CONFIRMATIONS: "12" }, { on });
    const scheduled = await rig.schedule(rig.deadlines(2_000, 1, 0), on);
    const [before] = await rig.ended(keeper, 1);
    // The chain may grow before it is asked to go back.
    const depth = Number(await on.client.getBlockNumber()) - (before?.blockNumber ?? 0) + 4;
    await rpc.request("anvil_reorg", [depth, []]);
    const again = await until("it is executed in another block", async () => {
      const [run] = await keeper.runs();
      const included = run?.timeline.filter(({ step }) => step === "included").length ?? 0;
      return run?.outcome === "executed" && included >= 2 && run;
    });
    assert.equal(again.mine, true);
    await until("it is final", async () => (await keeper.runs())[0]?.state === "final");
    await rig.assertOnce(scheduled, on);
  });

  it("is stood in for by a second keeper when it is killed", async () => {
    const roster = { KEEPER_COUNT: "2", KEEPER_STAGGER_MS: "1000" };
    const [one, two] = await Promise.all([
      rig.start({ ...roster, KEEPER_INDEX: "0" }, { key: KEEPER_KEYS[0] }),
      rig.start({ ...roster, KEEPER_INDEX: "1" }, { key: KEEPER_KEYS[1] }),
    ]);
    const scheduled = await rig.schedule(rig.deadlines(2_500, 14, 200));
    await until("some have run", async () => (await rig.executions()).length >= 4, 20_000);
    await one.kill();
    const runs = await rig.ended(two, 14);
    await rig.assertOnce(scheduled);
    assert.ok(runs.some(({ mine }) => !mine) && runs.some(({ mine }) => mine), "both took part");
  });
});
