import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { NS_PER_MS, NS_PER_S, type RunRecord } from "@chronoledger/core";
import { createSystemClock } from "@chronoledger/service/clock";
import { connectRpc, type RpcConnection } from "@chronoledger/txm";
import { encodeFunctionData, type Hex, numberToHex, parseEventLogs } from "viem";
import { chronoSchedulerAbi, counterAbi } from "../../packages/bindings/src/index.ts";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../../test/support/anvil.ts";
import { type KeeperProcess, removeFolder, startKeeperProcess } from "../../test/support/keeper.ts";
import { type RedisServer, startRedis } from "../../test/support/redis.ts";
import { deploySchedulerChain, type SchedulerChain } from "../../test/support/scheduler.ts";
import { startTcpProxy, type TcpProxy } from "../../test/support/tcp-proxy.ts";
import { until } from "../../test/support/until.ts";

const KEYS = [ANVIL_KEYS[0], ANVIL_KEYS[2]] as const;
const clock = createSystemClock();

describe("the keeper, as a process, on a real chain and a real Redis", function () {
  this.timeout(60_000);
  let anvil: Anvil;
  let redis: RedisServer;
  let rpc: RpcConnection;
  let chain: SchedulerChain;
  let keepers: KeeperProcess[];
  let cleanUp: (() => unknown)[];

  before(async () => {
    [anvil, redis] = await Promise.all([startAnvil({ blockTime: 0.25 }), startRedis()]);
    rpc = connectRpc(anvil.ipcPath);
  });
  after(async () => {
    rpc.close();
    await Promise.all([anvil.stop(), redis.stop()]);
  });
  beforeEach(async () => {
    keepers = [];
    cleanUp = [];
    chain = await deploySchedulerChain(anvil.rpcUrl);
  });
  afterEach(async () => {
    await Promise.all(keepers.map((keeper) => keeper.kill()));
    for (const keeper of keepers) removeFolder(keeper.dataDir);
    for (const step of cleanUp) await step();
  });

  const start = async (
    env: Record<string, string> = {},
    more: { key?: string; dataDir?: string; on?: SchedulerChain } = {},
  ): Promise<KeeperProcess> => {
    const { scheduler, oracle } = more.on ?? chain;
    const settings = {
      KEEPER_RPC_URL: anvil.ipcPath,
      KEEPER_CHAIN_ID: "31337",
      KEEPER_SCHEDULER_ADDRESS: scheduler,
      KEEPER_ORACLE_ADDRESS: oracle,
      KEEPER_REDIS_URL: redis.url,
      KEEPER_QUEUE_PREFIX: `test-${scheduler.slice(2, 12)}`,
      LOG_LEVEL: "info",
      ...env,
    };
    const keeper = await startKeeperProcess({
      env: settings,
      key: more.key ?? KEYS[0],
      ...(more.dataDir === undefined ? {} : { dataDir: more.dataDir }),
    });
    keepers.push(keeper);
    return keeper;
  };
  /** The first deadline, and so many after it, `apart` ms apart, at odd nanoseconds. */
  const deadlines = (inMs: number, many: number, apart: number): bigint[] => {
    const first = clock.utcNow() + BigInt(inMs) * NS_PER_MS;
    return Array.from({ length: many }, (_, i) => first + BigInt(i * apart) * NS_PER_MS + 123_457n);
  };
  const scheduleAt = (times: readonly bigint[], on = chain) => on.schedule(times.map((notBefore) => ({ notBefore })));
  const ended = async (keeper: KeeperProcess, many: number, timeoutMs = 30_000): Promise<RunRecord[]> =>
    until(
      `${many} runs have an outcome`,
      async () => {
        const runs = await keeper.runs();
        return runs.filter(({ outcome }) => outcome !== null).length >= many && runs;
      },
      timeoutMs,
    );
  const executions = async (on = chain): Promise<Hex[]> => {
    const logs = await on.client.getLogs({ address: on.scheduler, fromBlock: 0n });
    return parseEventLogs({ abi: chronoSchedulerAbi, logs, eventName: "Executed" }).map(({ args }) => args.id);
  };
  const assertOnce = async (ids: readonly Hex[], on = chain) => {
    assert.deepEqual((await executions(on)).sort(), [...ids].sort(), "every run exactly once");
    assert.equal(await on.count(), BigInt(ids.length + 1));
  };

  it("executes runs at 0.25 s blocks and tells the whole story of each", async () => {
    const keeper = await start();
    const scheduled = await scheduleAt(deadlines(2_500, 8, 333));
    const runs = await ended(keeper, 8);
    await assertOnce(scheduled.map(({ id }) => id));
    for (const run of runs) {
      assert.equal(run.outcome, "executed");
      assert.equal(run.mine, true);
      const steps = run.timeline.map(({ step }) => step);
      for (const step of ["planned", "woken", "armed", "signed", "sent", "included"])
        assert.ok(steps.includes(step), `${step} in ${steps}`);
    }
    await until("all final", async () => (await keeper.runs()).every(({ state }) => state === "final"));
    assert.deepEqual(
      { ...(await keeper.status()), block: 0, account: "" },
      {
        chainId: 31_337,
        account: "",
        scheduler: chain.scheduler,
        block: 0,
        pending: 0,
        executed: 8,
        failed: 0,
        queue: "connected",
      },
    );
    assert.match(
      await (await fetch(`${keeper.url}/metrics`)).text(),
      /chrono_run_accept_lateness_seconds_count\{[^}]*\} 8/,
    );
    assert.equal(await keeper.end(), 0);
  });

  it("executes each run in the first block that may, at 1 s blocks", async () => {
    const slow = await startAnvil({ blockTime: 1 });
    cleanUp.push(() => slow.stop());
    const on = await deploySchedulerChain(slow.rpcUrl);
    const keeper = await start({ KEEPER_RPC_URL: slow.wsUrl, KEEPER_BLOCK_INTERVAL: "1" }, { on });
    const scheduled = await scheduleAt(deadlines(3_000, 5, 457), on);
    const runs = await ended(keeper, 5);
    await assertOnce(
      scheduled.map(({ id }) => id),
      on,
    );
    assert.deepEqual(
      runs.map(({ firstEligible }) => firstEligible),
      [true, true, true, true, true],
    );
  });

  it("runs a burst at one instant in the order of its nonces", async () => {
    const keeper = await start();
    const [instant] = deadlines(4_000, 1, 0);
    const scheduled = await scheduleAt(Array.from({ length: 60 }, () => instant as bigint));
    const runs = await ended(keeper, 60);
    await assertOnce(scheduled.map(({ id }) => id));
    assert.equal(runs.length, 60);
  });

  it("records the reason of a call that reverts, a cancellation, and a window that nobody could serve", async () => {
    const keeper = await start();
    const [soon, late] = deadlines(2_000, 2, 4_000) as [bigint, bigint];
    const fail = encodeFunctionData({ abi: counterAbi, functionName: "fail", args: ["the target said no"] });
    const [failing] = await chain.schedule([{ notBefore: soon }], fail);
    const [dear] = await chain.schedule([{ notBefore: soon, notAfter: soon + NS_PER_S, maxBaseFee: 1n }]);
    const [gone] = await chain.schedule([{ notBefore: late }]);
    await cancel(gone as NonNullable<typeof gone>);
    const runs = new Map((await ended(keeper, 3)).map((run) => [run.scheduleId, run]));
    assert.equal(runs.get(failing?.id ?? "")?.outcome, "reverted");
    assert.match(runs.get(failing?.id ?? "")?.reason ?? "", /the target said no/);
    assert.equal(runs.get(gone?.id ?? "")?.outcome, "cancelled");
    assert.equal(runs.get(dear?.id ?? "")?.outcome, "expired");
    assert.match(runs.get(dear?.id ?? "")?.reason ?? "", /base fee/);
  });

  const cancel = async ({ schedule, data }: Awaited<ReturnType<SchedulerChain["schedule"]>>[number]): Promise<void> => {
    const { createWalletClient, http, keccak256 } = await import("viem");
    const { foundry } = await import("viem/chains");
    const wallet = createWalletClient({ chain: foundry, transport: http(anvil.rpcUrl), account: chain.owner });
    const hash = await wallet.writeContract({
      address: chain.scheduler,
      abi: chronoSchedulerAbi,
      functionName: "cancel",
      args: [schedule, keccak256(data)],
    });
    await chain.client.waitForTransactionReceipt({ hash });
  };

  it("is not troubled by absurd and hostile schedules", async () => {
    const keeper = await start({ KEEPER_MIN_REWARD_PERCENT: "100" });
    const [soon] = deadlines(2_500, 1, 0) as [bigint];
    const farthest = (1n << 64n) - 1n;
    await chain.schedule([
      { notBefore: farthest - 1n, notAfter: farthest },
      { notBefore: 0n, notAfter: farthest, gasLimit: 4_294_967_295 },
      { notBefore: soon, notAfter: soon + NS_PER_S, reward: 1n },
    ]);
    await chain.schedule([{ notBefore: soon, notAfter: soon + NS_PER_S }], `0x${"5a".repeat(100_000)}`);
    const [good] = await chain.schedule([{ notBefore: soon }]);
    const runs = await ended(keeper, 3);
    assert.equal(runs.length, 5);
    assert.deepEqual(await executions(), [good?.id]);
    const reasons = runs.map(({ reason }) => reason ?? "").join("; ");
    for (const expected of [/more than a transaction may have/, /does not cover the cost/, /more than nodes take/])
      assert.match(reasons, expected);
    assert.equal(runs.find(({ reason }) => /does not cover/.test(reason ?? ""))?.outcome, "underfunded");
  });

  it("executes on the attested clock only once attested time on the chain has reached notBefore", async () => {
    const demanded: bigint[] = [];
    const relayer = await startFakeRelayer((time) => demanded.push(time));
    cleanUp.push(() => relayer.server.close());
    const keeper = await start({ KEEPER_RELAYER_URL: relayer.url });
    const [notBefore] = deadlines(2_500, 1, 0) as [bigint];
    const [scheduled] = await chain.schedule([{ notBefore, clock: 1 }]);
    await setAttestedTime(notBefore - 1n, 1n);
    await until("attested time is asked for", () => demanded.includes(notBefore));
    await until(
      "the deadline has passed by the block clock",
      async () => (await chain.client.getBlock()).timestamp * NS_PER_S > notBefore + NS_PER_S,
    );
    assert.deepEqual(await executions(), [], "attested time has not reached it");
    await setAttestedTime(notBefore, 2n);
    const [run] = await ended(keeper, 1);
    assert.deepEqual(await executions(), [scheduled?.id]);
    assert.equal(run?.clock, "attested");
  });

  const startFakeRelayer = async (onDemand: (time: bigint) => void): Promise<{ server: Server; url: string }> => {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        onDemand(BigInt(JSON.parse(body).timeUtcNs));
        response.setHeader("content-type", "application/json").end('{"accepted":true}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as { port: number }).port}` };
  };
  /** The oracle's word: timeTaiNs 64 | uncertaintyNs 48 | sequence 48 | epoch 32 | taiMinusUtc 16 | flags 8 | revoked 32 | control 8. */
  const setAttestedTime = async (utcNs: bigint, sequence: bigint): Promise<void> => {
    const word = ((utcNs + 37n * NS_PER_S) << 192n) | (sequence << 96n) | (1n << 64n) | (37n << 48n);
    await rpc.request("anvil_setStorageAt", [chain.oracle, "0x0", numberToHex(word, { size: 32 })]);
  };

  it("loses and repeats nothing when it is killed and started again", async () => {
    const first = await start();
    const scheduled = await scheduleAt(deadlines(3_000, 24, 150));
    await until("half of them have run", async () => (await executions()).length >= 10, 20_000);
    await first.kill();
    keepers = keepers.filter((keeper) => keeper !== first);
    const second = await start({}, { dataDir: first.dataDir });
    await ended(second, 24);
    await until("all final", async () => (await second.runs()).every(({ state }) => state === "final"));
    await assertOnce(scheduled.map(({ id }) => id));
  });

  it("goes on without Redis, and uses it again when it is back", async () => {
    const own = await startRedis();
    cleanUp.push(() => own.stop());
    const keeper = await start({ KEEPER_REDIS_URL: own.url });
    const before = await scheduleAt(deadlines(3_000, 4, 500));
    await own.stop();
    const meanwhile = await scheduleAt(deadlines(2_000, 4, 300));
    const runs = await ended(keeper, 8);
    await assertOnce([...before, ...meanwhile].map(({ id }) => id));
    assert.ok(runs.every(({ timeline }) => timeline.some(({ step }) => step === "woken")));
    assert.equal((await keeper.status()).queue, "disconnected");
    const again = await startRedis({ port: own.port });
    cleanUp.push(() => again.stop());
    await until("Redis is used again", async () => (await keeper.status()).queue === "connected");
    await scheduleAt(deadlines(1_500, 1, 0));
    await ended(keeper, 9);
    assert.equal(await keeper.end(), 0);
  });

  it("goes on when the node is away over a deadline, and is ready again with it", async () => {
    const proxy: TcpProxy = await startTcpProxy(Number(new URL(anvil.rpcUrl).port));
    cleanUp.push(() => proxy.close());
    const keeper = await start({ KEEPER_RPC_URL: `ws://127.0.0.1:${proxy.port}` });
    const scheduled = await scheduleAt(deadlines(2_000, 3, 700));
    await until("they are planned", async () => (await keeper.status()).pending === 3);
    proxy.cut();
    await until("it says that it is not ready", async () => (await fetch(`${keeper.url}/readyz`)).status === 503);
    await until("the deadlines have passed", () => clock.utcNow() > (scheduled.at(-1)?.schedule.notBefore ?? 0n));
    proxy.mend();
    await ended(keeper, 3);
    await assertOnce(scheduled.map(({ id }) => id));
    await until("it is ready", async () => (await fetch(`${keeper.url}/readyz`)).status === 200);
  });

  it("runs once more what a reorganisation took back", async () => {
    const own = await startAnvil({ blockTime: 0.25 });
    const ownRpc = connectRpc(own.ipcPath);
    cleanUp.push(
      () => ownRpc.close(),
      () => own.stop(),
    );
    const on = await deploySchedulerChain(own.rpcUrl);
    const keeper = await start({ KEEPER_RPC_URL: own.ipcPath, KEEPER_CONFIRMATIONS: "12" }, { on });
    const scheduled = await scheduleAt(deadlines(2_500, 1, 0), on);
    const [before] = await ended(keeper, 1);
    const depth = Number(await on.client.getBlockNumber()) - (before?.blockNumber ?? 0) + 1;
    await ownRpc.request("anvil_reorg", [depth, []]);
    const [after] = await until("it is executed in another block", async () => {
      const runs = await keeper.runs();
      return (
        runs[0]?.outcome === "executed" &&
        runs[0].timeline.filter(({ step }) => step === "included").length >= 2 &&
        runs
      );
    });
    assert.equal(after?.mine, true);
    await until("it is final", async () => (await keeper.runs())[0]?.state === "final");
    await assertOnce(
      scheduled.map(({ id }) => id),
      on,
    );
  });

  it("is stood in for by a second keeper when it is killed", async () => {
    const roster = { KEEPER_COUNT: "2", KEEPER_STAGGER_MS: "1000" };
    const [one, two] = await Promise.all([
      start({ ...roster, KEEPER_INDEX: "0" }, { key: KEYS[0] }),
      start({ ...roster, KEEPER_INDEX: "1" }, { key: KEYS[1] }),
    ]);
    const scheduled = await scheduleAt(deadlines(3_000, 12, 250));
    await until("some have run", async () => (await executions()).length >= 4, 20_000);
    await one.kill();
    const runs = await ended(two, 12);
    await assertOnce(scheduled.map(({ id }) => id));
    assert.ok(runs.some(({ mine }) => !mine) && runs.some(({ mine }) => mine), "both took part");
  });

  it("sends as soon as no block can be too early when it is told to preposition", async () => {
    const keeper = await start({ KEEPER_MODE: "preposition" });
    await scheduleAt(deadlines(4_000, 6, 411));
    const runs = await ended(keeper, 6);
    assert.deepEqual(
      runs.map(({ outcome }) => outcome),
      Array.from({ length: 6 }, () => "executed"),
    );
    assert.ok(runs.some(({ timeline }) => timeline.some(({ step }) => step === "sent ahead")));
  });

  it("refuses a wrong chain, a key that is none, an unknown setting, and a folder in use", async () => {
    await assert.rejects(start({ KEEPER_CHAIN_ID: "5" }), /rpc\/chain-mismatch/);
    await assert.rejects(start({}, { key: "0x1234" }), /config\/invalid/);
    await assert.rejects(start({ KEEPER_LEED_MS: "5" }), /did you mean KEEPER_LEAD_MS/);
    const first = await start();
    await assert.rejects(start({}, { dataDir: first.dataDir }), /another process uses this folder/);
  });
});
