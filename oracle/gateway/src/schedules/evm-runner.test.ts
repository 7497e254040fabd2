import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chronoSchedulerAbi } from "@chronoledger/bindings";
import type { ExecutionStatus } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import { createWalletClient, type Hex, http, keccak256, type PublicClient } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../../../../test/support/anvil.ts";
import { ScheduleRig } from "../../../../test/support/schedule-rig.ts";
import { deploySchedulerChain, INCREMENT, type SchedulerChain } from "../../../../test/support/scheduler.ts";
import { until } from "../../../../test/support/until.ts";
import { scheduleOf } from "./evm-terms.ts";
import type { ScheduleDetails } from "./schedule-row.ts";
import { type ScheduleRunner, startScheduleRunner } from "./schedule-runner.ts";

const S = 1_000_000_000n;
type Wire = {
  [Key in keyof ExecutionStatus]: ExecutionStatus[Key] extends bigint | null ? string : ExecutionStatus[Key];
};

describe("a call of a contract", () => {
  let anvil: Anvil;
  let chain: SchedulerChain;
  let client: PublicClient;
  let rig: ScheduleRig;
  let account: { id: string; key: string };
  let folder: string;
  const runners: ScheduleRunner[] = [];
  const keeper = privateKeyToAccount(ANVIL_KEYS[3]);
  const gateway = privateKeyToAccount(ANVIL_KEYS[2]);

  before(async () => {
    anvil = await startAnvil();
    chain = await deploySchedulerChain(anvil.rpcUrl);
    client = chain.client;
    folder = mkdtempSync(join(tmpdir(), "chrono-evm-schedules-"));
    const keyFile = join(folder, "key");
    writeFileSync(keyFile, ANVIL_KEYS[2], { mode: 0o600 });
    rig = await ScheduleRig.open({
      settings: {
        GATEWAY_RPC_URL: anvil.wsUrl,
        GATEWAY_CHAIN_ID: "31337",
        GATEWAY_SCHEDULER_ADDRESS: chain.scheduler,
        GATEWAY_KEY_FILE: keyFile,
      },
    });
    await rig.serve();
  });
  after(async () => {
    await rig.stop();
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await rig.clear();
    account = await rig.account();
    await run();
  });
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.stop();
  });

  const run = async () => {
    runners.push(startScheduleRunner(rig.context, { pollMs: 50 }));
    await until("the chain is reached", () => rig.context.schedules.evm !== undefined);
  };
  const stopRunners = async () => {
    for (const runner of runners.splice(0)) await runner.stop();
  };
  const chainNow = async () => (await client.getBlock()).timestamp * S;
  const wanted = async (more: Record<string, unknown> = {}) => {
    // The chain's clock is moved ahead of the system's by tests: an instant after both.
    const executeUtcNs = String((await chainNow()) + 3_600n * S + 7n);
    return { target: chain.counter, calldata: INCREMENT, executeUtcNs, gasLimit: 60_000, ...more };
  };
  const schedule = async (more: Record<string, unknown> = {}) => {
    const made = await rig.ask<Wire>(account.key, "POST", "/v1/schedules", await wanted(more));
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body;
  };
  const read = async (id: string) => (await rig.ask<Wire>(account.key, "GET", `/v1/schedules/${id}`)).body;
  const mine = (blocks = 1) =>
    client.request({ method: "anvil_mine" as never, params: [`0x${blocks.toString(16)}`] as never });
  const at = (timestampS: bigint) =>
    client.request({ method: "evm_setNextBlockTimestamp" as never, params: [`0x${timestampS.toString(16)}`] as never });
  /** Blocks come while it is waited for. */
  const untilState = (id: string, state: string) =>
    until(
      `the schedule is ${state}`,
      async () => {
        const status = await read(id);
        if (status.state === state) return status;
        await mine();
        return undefined;
      },
      20_000,
      50,
    );
  const orderOf = async ({ id, executeUtcNs, windowNs }: Wire) => {
    const [row] = await rig.rows<{ details: ScheduleDetails }>(
      sql`select details from gateway_schedules where id = ${id}`,
    );
    const { evm, gasLimit } = row?.details ?? {};
    assert.ok(evm !== null && evm !== undefined && gasLimit !== undefined);
    return scheduleOf(evm, {
      target: chain.counter,
      gasLimit,
      executeAt: BigInt(executeUtcNs),
      windowNs: BigInt(windowNs),
    });
  };
  const execute = async (made: Wire, data: Hex = INCREMENT) => {
    const wallet = createWalletClient({ account: keeper, chain: foundry, transport: http(anvil.rpcUrl) });
    await at(BigInt(made.executeUtcNs) / S + 1n);
    const hash = await wallet.writeContract({
      address: chain.scheduler,
      abi: chronoSchedulerAbi,
      functionName: "execute",
      args: [await orderOf(made), data],
      gas: 500_000n,
    });
    return client.waitForTransactionReceipt({ hash });
  };
  const pending = async (made: Wire) =>
    client.readContract({
      address: chain.scheduler,
      abi: chronoSchedulerAbi,
      functionName: "pendingOf",
      args: [made.chainScheduleId as Hex],
    });

  it("is registered, executed by a keeper, and reported with its lateness by the block's clock", async () => {
    const before = await chain.count();
    const made = await schedule();
    assert.equal(made.state, "accepted");
    const armed = await untilState(made.id, "armed");
    assert.equal(
      armed.chainScheduleId,
      await client.readContract({
        address: chain.scheduler,
        abi: chronoSchedulerAbi,
        functionName: "idOf",
        args: [await orderOf(made), keccak256(INCREMENT)],
      }),
    );
    assert.notEqual((await pending(made)).scheduledAt, 0n);
    const receipt = await execute(made);
    const done = await untilState(made.id, "executed");
    assert.deepEqual([done.transaction, done.blockNumber], [receipt.transactionHash, Number(receipt.blockNumber)]);
    const { timestamp } = await client.getBlock({ blockNumber: receipt.blockNumber });
    assert.equal(done.latenessNs, String(timestamp * S - BigInt(made.executeUtcNs)));
    assert.equal(await chain.count(), before + 1n);
  });

  it("failed when its target reverted, and says why", async () => {
    const made = await schedule({ calldata: "0x12345678" });
    await untilState(made.id, "armed");
    await execute(made, "0x12345678");
    const done = await untilState(made.id, "failed");
    assert.match(done.reason ?? "", /the target reverted/);
  });

  it("is cancelled on the chain, and its deposit comes back", async () => {
    const made = await schedule();
    await untilState(made.id, "armed");
    const { body } = await rig.ask<{ cancelled: boolean; status: Wire }>(
      account.key,
      "DELETE",
      `/v1/schedules/${made.id}`,
    );
    assert.deepEqual([body.cancelled, body.status.state], [false, "cancelling"]);
    await untilState(made.id, "cancelled");
    assert.equal((await pending(made)).scheduledAt, 0n);
  });

  it("that a keeper executed before the cancellation came is executed", async () => {
    const made = await schedule();
    await untilState(made.id, "armed");
    await stopRunners();
    await execute(made);
    await rig.ask(account.key, "DELETE", `/v1/schedules/${made.id}`);
    await run();
    await untilState(made.id, "executed");
  });

  it("that was never sent is cancelled without the chain", async () => {
    const nonce = await client.getTransactionCount({ address: gateway.address });
    await stopRunners();
    await rig.db.execute(sql`update gateway_chain_leases set owner = 'another gateway', until = 1e19`);
    await run();
    const made = await schedule();
    await rig.ask(account.key, "DELETE", `/v1/schedules/${made.id}`);
    assert.equal((await read(made.id)).state, "cancelling");
    await rig.db.execute(sql`update gateway_chain_leases set until = 0`);
    await untilState(made.id, "cancelled");
    assert.equal(await client.getTransactionCount({ address: gateway.address }), nonce);
  });

  it("is cancelled on the chain, too, when a crash came before the row knew of its transaction", async () => {
    const made = await schedule();
    await untilState(made.id, "armed");
    await stopRunners();
    await rig.db.execute(sql`update gateway_schedules set state = 'cancelling', details = details || '{"transactionId": null}'
      where id = ${made.id}`);
    assert.notEqual((await pending(made)).scheduledAt, 0n);
    await run();
    await untilState(made.id, "cancelled");
    assert.equal((await pending(made)).scheduledAt, 0n);
  });

  it("that nobody executes in its window expires, and its deposit comes back", async () => {
    const made = await schedule();
    await untilState(made.id, "armed");
    await at((BigInt(made.executeUtcNs) + BigInt(made.windowNs)) / S + 5n);
    await mine();
    await untilState(made.id, "expired");
    await until("the deposit is back", async () => (await pending(made)).scheduledAt === 0n);
  });

  it("is registered once however often the gateway is restarted on the way", async () => {
    const nonce = await client.getTransactionCount({ address: gateway.address });
    const all = [await schedule(), await schedule(), await schedule()];
    for (let i = 0; i < 4; i++) {
      await stopRunners();
      await run();
    }
    // As after a crash between the transaction and what the row says of it.
    await stopRunners();
    await rig.db.execute(
      sql`update gateway_schedules set state = 'accepted', details = details || '{"transactionId": null}' where state = 'submitted'`,
    );
    await run();
    for (const made of all) await untilState(made.id, "armed");
    assert.equal(await client.getTransactionCount({ address: gateway.address }), nonce + 3);
  });

  it("is refused at once when the scheduler would refuse it", async () => {
    const cases: readonly [Record<string, unknown>, string][] = [
      [{ target: chain.scheduler }, "target/refused"],
      [{ target: "0x00000000000000000000000000000000000000aa" }, "target/refused"],
      [{ target: keeper.address }, "target/refused"],
      [{ gasLimit: 16_000_001 }, "input/out-of-range"],
    ];
    for (const [changed, code] of cases) {
      const { body } = await rig.ask<{ code: string }>(account.key, "POST", "/v1/schedules", await wanted(changed));
      assert.equal(body.code, code, JSON.stringify(body));
    }
  });

  it("is registered by the gateway that has the account's lease, whichever accepted it", async () => {
    const nonce = await client.getTransactionCount({ address: gateway.address });
    await run();
    const made = await schedule();
    await untilState(made.id, "armed");
    assert.equal(await client.getTransactionCount({ address: gateway.address }), nonce + 1);
  });
});
