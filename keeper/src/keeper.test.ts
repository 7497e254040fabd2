import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { chronoSchedulerAbi, counterAbi } from "@chronoledger/bindings";
import { NS_PER_S } from "@chronoledger/core";
import { createWalletClient, encodeFunctionData, http, keccak256, numberToHex } from "viem";
import { foundry } from "viem/chains";
import { startAnvil } from "../../test/support/anvil.ts";
import { KeeperRig } from "../../test/support/keeper-rig.ts";
import { deploySchedulerChain, type SchedulerChain } from "../../test/support/scheduler.ts";
import { until } from "../../test/support/until.ts";

type Scheduled = Awaited<ReturnType<SchedulerChain["schedule"]>>[number];

describe("the keeper, as a process, on a real chain and a real Redis", function () {
  this.timeout(60_000);
  const rig = KeeperRig.install();

  it("executes runs at 0.25 s blocks and tells the whole story of each", async () => {
    const keeper = await rig.start();
    const scheduled = await rig.schedule(rig.deadlines(2_000, 8, 133));
    const runs = await rig.ended(keeper, 8);
    await rig.assertOnce(scheduled);
    for (const run of runs) {
      assert.deepEqual([run.outcome, run.mine], ["executed", true]);
      const steps = run.timeline.map(({ step }) => step);
      for (const step of ["planned", "woken", "armed", "signed", "sent", "included"]) assert.ok(steps.includes(step));
    }
    await rig.allFinal(keeper);
    const { pending, executed, failed, queue, chainId } = await keeper.status();
    assert.deepEqual([chainId, pending, executed, failed, queue], [31_337, 0, 8, 0, "connected"]);
    const metrics = await (await fetch(`${keeper.url}/metrics`)).text();
    assert.match(metrics, /chrono_run_accept_lateness_seconds_count\{[^}]*\} 8/);
    assert.equal((await fetch(`${keeper.url}/v1/runs/${scheduled[0]?.id}`)).status, 200);
    assert.equal((await fetch(`${keeper.url}/v1/runs/0x${"00".repeat(32)}`)).status, 404);
    assert.equal(await keeper.end(), 0);
  });

  it("executes each run in the first block that may, at 1 s blocks", async () => {
    const slow = await startAnvil({ blockTime: 1 });
    rig.later(() => slow.stop());
    const on = await deploySchedulerChain(slow.rpcUrl);
    const keeper = await rig.start({ KEEPER_RPC_URL: slow.wsUrl, KEEPER_BLOCK_INTERVAL: "1" }, { on });
    const scheduled = await rig.schedule(rig.deadlines(3_000, 5, 257), on);
    const runs = await rig.ended(keeper, 5);
    await rig.assertOnce(scheduled, on);
    const first = runs.map(({ firstEligible }) => firstEligible);
    assert.deepEqual(first, [true, true, true, true, true]);
  });

  it("runs a burst at one instant", async () => {
    const keeper = await rig.start();
    const [instant] = rig.deadlines(2_500, 1, 0);
    const scheduled = await rig.schedule(Array.from({ length: 60 }, () => instant as bigint));
    await rig.ended(keeper, 60);
    await rig.assertOnce(scheduled);
  });

  it("records the reason of a call that reverts, a cancellation, and a window that nobody could serve", async () => {
    const keeper = await rig.start();
    const [soon, late] = rig.deadlines(2_000, 2, 4_000) as [bigint, bigint];
    const fail = encodeFunctionData({ abi: counterAbi, functionName: "fail", args: ["the target said no"] });
    const [failing] = await rig.chain.schedule([{ notBefore: soon }], fail);
    const [dear, gone] = await rig.chain.schedule([
      { notBefore: soon, notAfter: soon + 2n * NS_PER_S, maxBaseFee: 1n },
      { notBefore: late },
    ]);
    await cancel(gone as Scheduled);
    const runs = new Map((await rig.ended(keeper, 3)).map((run) => [run.scheduleId, run]));
    const outcomeOf = (scheduled: Scheduled | undefined) => runs.get(scheduled?.id ?? "")?.outcome;
    const reasonOf = (scheduled: Scheduled | undefined) => runs.get(scheduled?.id ?? "")?.reason ?? "";
    assert.deepEqual([failing, dear, gone].map(outcomeOf), ["reverted", "expired", "cancelled"]);
    assert.match(reasonOf(failing), /the target said no/);
    assert.match(reasonOf(dear), /base fee/);
  });

  const cancel = async ({ schedule, data }: Scheduled): Promise<void> => {
    const { owner, scheduler, client } = rig.chain;
    const wallet = createWalletClient({ chain: foundry, transport: http(rig.anvil.rpcUrl), account: owner });
    const args = [schedule, keccak256(data)] as const;
    const hash = await wallet.writeContract({
      address: scheduler,
      abi: chronoSchedulerAbi,
      functionName: "cancel",
      args,
    });
    await client.waitForTransactionReceipt({ hash });
  };

  it("is not troubled by absurd and hostile schedules", async () => {
    const keeper = await rig.start({ KEEPER_MIN_REWARD_PERCENT: "100" });
    const [soon] = rig.deadlines(4_000, 1, 0) as [bigint];
    const farthest = (1n << 64n) - 1n;
    await rig.chain.schedule([
      { notBefore: farthest - 1n, notAfter: farthest },
      { notBefore: 0n, notAfter: farthest, gasLimit: 4_294_967_295 },
      { notBefore: soon, notAfter: soon + 3n * NS_PER_S, reward: 1n },
    ]);
    await rig.chain.schedule([{ notBefore: soon, notAfter: soon + 3n * NS_PER_S }], `0x${"5a".repeat(100_000)}`);
    const good = await rig.schedule([soon]);
    const runs = await rig.ended(keeper, 3);
    assert.equal(runs.length, 5);
    assert.deepEqual(
      await rig.executions(),
      good.map(({ id }) => id),
    );
    const reasons = runs.map(({ reason }) => reason ?? "").join("; ");
    assert.match(reasons, /more than a transaction may have/);
    assert.match(reasons, /more than nodes take/);
    assert.equal(runs.find(({ reason }) => /does not cover the cost/.test(reason ?? ""))?.outcome, "underfunded");
  });

  it("executes on the attested clock only once attested time on the chain has reached notBefore", async () => {
    const demanded: bigint[] = [];
    const relayer = await startFakeRelayer((time) => demanded.push(time));
    rig.later(() => relayer.server.close());
    const keeper = await rig.start({ KEEPER_RELAYER_URL: relayer.url });
    const [notBefore] = rig.deadlines(2_000, 1, 0) as [bigint];
    const scheduled = await rig.chain.schedule([{ notBefore, clock: 1 }]);
    await setAttestedTime(notBefore - 1n, 1n);
    await until("attested time is asked for", () => demanded.includes(notBefore));
    await until("the deadline has passed by the block clock", async () => {
      const { timestamp } = await rig.chain.client.getBlock();
      return timestamp * NS_PER_S > notBefore + NS_PER_S;
    });
    assert.deepEqual(await rig.executions(), [], "attested time has not reached it");
    await setAttestedTime(notBefore, 2n);
    const [run] = await rig.ended(keeper, 1);
    assert.deepEqual(
      await rig.executions(),
      scheduled.map(({ id }) => id),
    );
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
  /** The oracle's word: timeTaiNs 64 | uncertaintyNs 64 | sequence 64 | epoch 32 | flags 8 | taiMinusUtc 16 | control 8. */
  const setAttestedTime = async (utcNs: bigint, sequence: bigint): Promise<void> => {
    const word = ((utcNs + 37n * NS_PER_S) << 192n) | (sequence << 64n) | (1n << 32n) | (37n << 8n);
    await rig.rpc.request("anvil_setStorageAt", [rig.chain.oracle, "0x0", numberToHex(word, { size: 32 })]);
  };

  it("sends as soon as no block can be too early when it is told to preposition", async () => {
    const slow = await startAnvil({ blockTime: 1 });
    rig.later(() => slow.stop());
    const on = await deploySchedulerChain(slow.rpcUrl);
    const keeper = await rig.start(
      { KEEPER_RPC_URL: slow.ipcPath, KEEPER_MODE: "preposition", KEEPER_BLOCK_INTERVAL: "1" },
      { on },
    );
    await rig.schedule(rig.deadlines(4_000, 6, 211), on);
    const runs = await rig.ended(keeper, 6);
    assert.ok(runs.every(({ outcome }) => outcome === "executed"));
    assert.ok(runs.some(({ timeline }) => timeline.some(({ step }) => step === "sent ahead")));
  });

  it("refuses a wrong chain, a key that is none, an unknown setting, and a folder in use", async () => {
    const first = await rig.start();
    await Promise.all([
      assert.rejects(rig.start({ KEEPER_CHAIN_ID: "5" }), /rpc\/chain-mismatch/),
      assert.rejects(rig.start({}, { key: "0x1234" }), /config\/invalid/),
      assert.rejects(rig.start({ KEEPER_LEED_MS: "5" }), /did you mean KEEPER_LEAD_MS/),
      assert.rejects(rig.start({}, { dataDir: first.dataDir }), /another process uses this folder/),
    ]);
  });
});
