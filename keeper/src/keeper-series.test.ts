import assert from "node:assert/strict";
import { CLOCK, chronoSchedulerAbi, type Schedule } from "@chronoledger/bindings";
import { NS_PER_S, type RunRecord } from "@chronoledger/core";
import { encodeFunctionData, type Hex, keccak256, parseEventLogs, toHex } from "viem";
import { startAnvil } from "../../test/support/anvil.ts";
import type { KeeperProcess } from "../../test/support/keeper.ts";
import { KeeperRig } from "../../test/support/keeper-rig.ts";
import { deploySchedulerChain } from "../../test/support/scheduler.ts";
import { FICKLE_CODE, type SeriesTerms, SWITCH_CODE, scheduleSeries, sendAsOwner } from "../../test/support/series.ts";
import { until } from "../../test/support/until.ts";
import { ON_REVERT } from "./planner/extras.ts";

const NS_PER_MS = 1_000_000n;
const SLOT = toHex(0n);

describe("the keeper and schedules with extras", function () {
  this.timeout(60_000);
  const rig = KeeperRig.install();

  const series = (terms: SeriesTerms) => scheduleSeries(rig.chain, rig.anvil.rpcUrl, terms);
  const recordsOf = async (keeper: KeeperProcess, id: Hex): Promise<RunRecord[]> =>
    (await keeper.runs()).filter(({ scheduleId }) => scheduleId === id).sort((a, b) => a.number - b.number);
  const eventsOf = async (id: Hex) => {
    const { client, scheduler } = rig.chain;
    const logs = parseEventLogs({
      abi: chronoSchedulerAbi,
      logs: await client.getLogs({ address: scheduler, fromBlock: 0n }),
    });
    return logs.filter(({ args }) => "id" in args && args.id === id).map(({ eventName }) => eventName);
  };
  const setSlot = (address: Hex, value: bigint) =>
    rig.rpc.request("anvil_setStorageAt", [address, SLOT, toHex(value, { size: 32 })]);
  const install = async (address: Hex, code: Hex, value: bigint) => {
    await rig.rpc.request("anvil_setCode", [address, code]);
    await setSlot(address, value);
  };
  /** For the message of a failure: ms after notBefore. */
  const timesOf = ({ timeline, notBeforeUtcNs, reason }: RunRecord) => [
    reason,
    ...timeline.map(({ step, timeUtcNs }) => `${step} ${(timeUtcNs - notBeforeUtcNs) / NS_PER_MS}`),
  ];
  let fresh = 0xc0ffee00;
  const newAddress = (): Hex => toHex(++fresh, { size: 20 });

  it("runs each of a series once, in the first block that may, and keeps a record of each", async () => {
    const slow = await startAnvil({ blockTime: 1 });
    rig.later(() => slow.stop());
    const on = await deploySchedulerChain(slow.rpcUrl);
    const keeper = await rig.start({ KEEPER_RPC_URL: slow.wsUrl, KEEPER_BLOCK_INTERVAL: "1" }, { on });
    const [notBefore] = rig.deadlines(3_500, 1, 0) as [bigint];
    const { id } = await scheduleSeries(on, slow.rpcUrl, {
      schedule: { notBefore, notAfter: notBefore + 4n * NS_PER_S },
      extras: { interval: 4_300n * NS_PER_MS, count: 4 },
    });
    const records = (await rig.ended(keeper, 4)).sort((a, b) => a.number - b.number);
    assert.deepEqual(
      records.map(({ scheduleId, number, outcome, mine, firstEligible }) => [
        ...[scheduleId, number, outcome, mine, firstEligible],
      ]),
      [0, 1, 2, 3].map((number) => [id, number, "executed", true, true]),
      JSON.stringify(records.map(timesOf)),
    );
    assert.deepEqual(
      records.map(({ notBeforeUtcNs }) => notBeforeUtcNs - notBefore),
      [0n, 4_300n, 8_600n, 12_900n].map((ms) => ms * NS_PER_MS),
    );
    await rig.allFinal(keeper);
    assert.deepEqual(await rig.executions(on), [id, id, id, id]);
    assert.equal(await on.count(), 5n);
    const one = (await (await fetch(`${keeper.url}/v1/runs/${id}?number=2`)).json()) as { number: number };
    assert.equal(one.number, 2);
  });

  it("goes on with a series when it is killed in the middle and started again", async () => {
    const first = await rig.start();
    const [notBefore] = rig.deadlines(2_000, 1, 0) as [bigint];
    const { id } = await series({
      schedule: { notBefore, notAfter: notBefore + 6n * NS_PER_S },
      extras: { interval: 6_500n * NS_PER_MS, count: 3 },
    });
    await until("its first run is over", async () => (await rig.executions()).length === 1);
    await first.kill();
    const second = await rig.start({}, { dataDir: first.dataDir });
    const records = await rig.ended(second, 3);
    await rig.allFinal(second);
    assert.ok(records.every(({ outcome, mine }) => outcome === "executed" && mine));
    assert.deepEqual(await rig.executions(), [id, id, id]);
    assert.equal(await rig.chain.count(), 4n);
  });

  it("leaves out the runs that nobody could serve, and serves the one that is due", async () => {
    const now = rig.clock.utcNow();
    const notBefore = now - 20n * NS_PER_S;
    const { id } = await series({
      schedule: { notBefore, notAfter: now + 2n * NS_PER_S },
      extras: { interval: 25n * NS_PER_S, count: 2 },
    });
    await until("its first window is over", async () => {
      return (await rig.chain.client.getBlock()).timestamp * NS_PER_S > now + 2n * NS_PER_S;
    });
    const keeper = await rig.start();
    const [run] = await rig.ended(keeper, 1);
    assert.deepEqual([run?.number, run?.outcome, run?.mine], [1, "executed", true]);
    assert.deepEqual(await eventsOf(id), ["Scheduled", "ScheduledExtras", "Expired", "Executed"]);
  });

  it("tries again when the target reverted and its owner wants that, and only when it would not revert", async () => {
    const target = newAddress();
    await install(target, FICKLE_CODE, 1n);
    const keeper = await rig.start({ KEEPER_LEAD_MS: "3000", KEEPER_SIGN_LEAD_MS: "2000" });
    const [notBefore] = rig.deadlines(5_000, 1, 0) as [bigint];
    const { id } = await series({ schedule: { notBefore, target }, extras: { onRevert: ON_REVERT.retry } });
    await until("it is signed", async () => (await recordsOf(keeper, id))[0]?.state === "signed", 20_000, 50);
    await setSlot(target, 0n);
    await until("the first try reverted", async () => (await eventsOf(id)).includes("CallReverted"));
    await until("it waits", async () => (await recordsOf(keeper, id))[0]?.state === "planned");
    const at = await rig.chain.client.getBlockNumber();
    await until("some blocks", async () => (await rig.chain.client.getBlockNumber()) > at + 6n);
    assert.deepEqual(await eventsOf(id), ["Scheduled", "ScheduledExtras", "CallReverted"], "nothing is sent in vain");
    await setSlot(target, 1n);
    const [run] = await rig.ended(keeper, 1);
    assert.deepEqual([run?.outcome, run?.mine], ["executed", true]);
    assert.deepEqual(await eventsOf(id), ["Scheduled", "ScheduledExtras", "CallReverted", "Executed"]);
    assert.equal(BigInt((await rig.chain.client.getStorageAt({ address: target, slot: toHex(1n) })) ?? 0), 1n);
  });

  it("waits for a condition, and says of one that never held that the window closed", async () => {
    const [condition, never] = [newAddress(), newAddress()];
    await install(condition, SWITCH_CODE, 0n);
    await install(never, SWITCH_CODE, 0n);
    const keeper = await rig.start();
    const [notBefore] = rig.deadlines(2_000, 1, 0) as [bigint];
    const gas = { conditionGas: 50_000 };
    const waiting = await series({ schedule: { notBefore }, extras: { condition, ...gas } });
    const vain = await series({
      schedule: { notBefore, notAfter: notBefore + 3n * NS_PER_S },
      extras: { condition: never, ...gas },
    });
    await until("it is due", () => rig.clock.utcNow() > notBefore + NS_PER_S);
    assert.deepEqual(await rig.executions(), []);
    await setSlot(condition, 1n);
    const held = await rig.chain.client.getBlockNumber();
    const records = await rig.ended(keeper, 2);
    const byId = new Map(records.map((record) => [record.scheduleId, record]));
    assert.equal(byId.get(waiting.id)?.outcome, "executed");
    const blocks = (byId.get(waiting.id)?.blockNumber ?? 0) - Number(held);
    assert.ok(blocks <= 8, `executed ${blocks} blocks of 0.25 s after it held`);
    assert.equal(byId.get(vain.id)?.outcome, "expired");
    assert.match(byId.get(vain.id)?.reason ?? "", /ScheduleConditionFalse/);
    assert.deepEqual(await rig.executions(), [waiting.id]);
  });

  it("says what it does not serve: a run beyond the deposit, and a certificate for a clock", async () => {
    const keeper = await rig.start();
    const [notBefore] = rig.deadlines(2_000, 1, 0) as [bigint];
    const notAfter = notBefore + 2n * NS_PER_S;
    const poor = await series({
      schedule: { notBefore, notAfter },
      extras: { interval: 3n * NS_PER_S, count: 2 },
      deposit: 10n ** 15n,
    });
    const certified = await series({ schedule: { notBefore, notAfter, clock: CLOCK.certificate } });
    const records = await rig.ended(keeper, 2);
    const story = (id: Hex) =>
      records.filter(({ scheduleId }) => scheduleId === id).sort((a, b) => a.number - b.number);
    assert.deepEqual(
      story(poor.id).map(({ outcome }) => outcome),
      ["executed", "underfunded"],
    );
    assert.match(story(poor.id)[1]?.reason ?? "", /ScheduleUnderfunded/);
    const [unserved] = story(certified.id);
    // The scheduler takes certificates that are a minute old: its window may still be open.
    assert.deepEqual([unserved?.clock, unserved?.state], ["certificate", "planned"]);
    assert.match(unserved?.reason ?? "", /certificate/);
    assert.deepEqual(await rig.executions(), [poor.id]);
  });

  it("runs a sealed schedule once its terms are shown, and follows one that its owner changes", async () => {
    const keeper = await rig.start();
    const [soon, late] = rig.deadlines(4_000, 2, 60_000) as [bigint, bigint];
    const changed = await series({ schedule: { notBefore: late } });
    await until("one is planned", async () => (await keeper.status()).pending === 1);
    const dataHash = keccak256(changed.data);
    const order = (fields: Partial<Schedule>) => ({ ...changed, schedule: { ...changed.schedule, ...fields } });
    const hidden = order({ notBefore: soon, salt: toHex(77n, { size: 32 }) });
    const { client, scheduler } = rig.chain;
    const abi = chronoSchedulerAbi;
    const commitment = await client.readContract({
      ...{ address: scheduler, abi, functionName: "commitmentOf" },
      args: [hidden.schedule, dataHash],
    });
    const call = (data: Hex, value?: bigint) => sendAsOwner(rig.chain, rig.anvil.rpcUrl, data, value);
    await call(encodeFunctionData({ abi, functionName: "scheduleSealed", args: [commitment] }), 10n ** 15n);
    const reveal = encodeFunctionData({ abi, functionName: "reveal", args: [hidden] });
    await call(reveal);
    await call(reveal);
    const sooner = order({ notBefore: soon });
    await call(encodeFunctionData({ abi, functionName: "update", args: [changed.schedule, dataHash, sooner] }));
    const records = await rig.ended(keeper, 3);
    assert.deepEqual(
      records.map(({ scheduleId, outcome }) => `${scheduleId === changed.id ? "changed" : "other"} ${outcome}`).sort(),
      ["changed cancelled", "other executed", "other executed"],
    );
    assert.match(records.find(({ scheduleId }) => scheduleId === changed.id)?.reason ?? "", /its owner made it 0x/);
    assert.equal((await rig.executions()).length, 2);
  });
});
