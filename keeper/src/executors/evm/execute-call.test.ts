import assert from "node:assert/strict";
import { chronoSchedulerAbi, counterAbi, type Schedule } from "@chronoledger/bindings";
import { addressOf, connectRpc, parsePrivateKey, type RpcConnection, signTransaction } from "@chronoledger/txm";
import { encodeFunctionData, type Hex, parseEventLogs, toHex } from "viem";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../../../../test/support/anvil.ts";
import { deploySchedulerChain, type SchedulerChain } from "../../../../test/support/scheduler.ts";
import { FICKLE_CODE, type SeriesTerms, SWITCH_CODE, scheduleSeries } from "../../../../test/support/series.ts";
import { decodeExtras } from "../../planner/extras.ts";
import { sampleRun } from "../../planner/sample-run.ts";
import { encodeExecute, executeGas, type ScheduledCall } from "./execute-call.ts";
import { refusalOf } from "./run-call.ts";
import { simulateExecute } from "./simulate.ts";

const KEY = parsePrivateKey(ANVIL_KEYS[0]);
/** Burns all gas that it is given: INVALID. And one that keeps what it needs: STOP. */
const BURNER = `0x${"b0".repeat(20)}` as const;
const SWITCH = `0x${"b2".repeat(20)}` as const;
const FICKLE = `0x${"b3".repeat(20)}` as const;
const STOPPER = `0x${"b1".repeat(20)}` as const;

describe("the gas of a run", function () {
  this.timeout(20_000);
  let anvil: Anvil;
  let rpc: RpcConnection;
  let chain: SchedulerChain;
  before(async () => {
    anvil = await startAnvil();
    rpc = connectRpc(anvil.ipcPath);
    chain = await deploySchedulerChain(anvil.rpcUrl);
    await rpc.request("anvil_setCode", [BURNER, "0xfe"]);
    await rpc.request("anvil_setCode", [STOPPER, "0x00"]);
    await rpc.request("anvil_setCode", [SWITCH, SWITCH_CODE]);
    await rpc.request("anvil_setCode", [FICKLE, FICKLE_CODE]);
    await rpc.request("anvil_setStorageAt", [SWITCH, toHex(0n), toHex(1n, { size: 32 })]);
  });
  after(async () => {
    rpc.close();
    await anvil.stop();
  });

  const execute = async (fields: Partial<Schedule>, data?: Hex) => {
    const { timestamp } = await chain.client.getBlock();
    const [scheduled] = await chain.schedule([{ notBefore: timestamp * 1_000_000_000n, ...fields }], data);
    assert.ok(scheduled !== undefined);
    return send({ ...scheduled, extras: null });
  };
  const send = async (call: ScheduledCall) => {
    const gas = executeGas(call);
    const input = encodeExecute(call);
    const nonce = await chain.client.getTransactionCount({ address: addressOf(KEY) });
    const { raw, hash } = signTransaction(
      {
        chainId: 31_337,
        nonce,
        to: chain.scheduler,
        data: input,
        value: 0n,
        gas,
        maxFeePerGas: 10n ** 11n,
        maxPriorityFeePerGas: 10n ** 9n,
      },
      KEY,
    );
    await rpc.request("eth_sendRawTransaction", [raw]);
    const receipt = await chain.client.waitForTransactionReceipt({ hash });
    const [event] = parseEventLogs({ abi: chronoSchedulerAbi, logs: receipt.logs, eventName: "Executed" });
    return { receipt, gas, success: event?.args.success };
  };

  const record = encodeFunctionData({ abi: counterAbi, functionName: "record", args: [`0x${"01".repeat(32)}`, 1n] });
  for (const [name, fields, data, expected] of [
    ["a small call", {}, undefined, true],
    [
      "a call with value to a new account",
      { value: 5n, target: `0x${"e5".repeat(20)}` as Hex, gasLimit: 0 },
      "0x" as Hex,
      true,
    ],
    ["a call with value", { value: 5n, gasLimit: 100_000 }, record, true],
    ["a call that burns all its gas", { target: BURNER, gasLimit: 1_000_000 }, undefined, false],
    [
      "a call that burns all its gas and its value comes back",
      { target: BURNER, gasLimit: 3_000_000, value: 7n },
      undefined,
      false,
    ],
    ["a call with 20 kB of calldata", { target: STOPPER }, `0x${"ab".repeat(20_000)}` as Hex, true],
    ["a call with 60 kB of zeros", { target: STOPPER }, `0x${"00".repeat(60_000)}` as Hex, true],
  ] as const)
    it(`suffices for ${name}`, async () => {
      const { receipt, gas, success } = await execute(fields as Partial<Schedule>, data);
      assert.equal(receipt.status, "success", `gas ${gas}, used ${receipt.gasUsed}`);
      assert.equal(success, expected);
      assert.ok(receipt.gasUsed <= gas);
    });

  const series = async (terms: Pick<SeriesTerms, "extras"> & { schedule?: Partial<Schedule> }) => {
    const { timestamp } = await chain.client.getBlock();
    const notBefore = timestamp * 1_000_000_000n;
    const scheduled = await scheduleSeries(chain, anvil.rpcUrl, {
      ...terms,
      schedule: { notBefore, notAfter: notBefore + 59_000_000_000n, ...terms.schedule },
    });
    return { ...scheduled, extras: decodeExtras(scheduled.extras) };
  };

  for (const [name, schedule, extras] of [
    ["the first run of a series", {}, {}],
    ["a run with value to a new account", { value: 5n, target: `0x${"e6".repeat(20)}` }, {}],
    ["a run whose target burns all its gas", { target: BURNER, gasLimit: 1_000_000 }, {}],
    ["a run that is to be tried again", { target: BURNER, gasLimit: 1_000_000 }, { onRevert: 1 }],
    ["a run with a condition", {}, { condition: SWITCH, conditionGas: 50_000 }],
    [
      "a run with a dear condition",
      {},
      { condition: SWITCH, conditionGas: 5_000_000, conditionData: `0x${"ab".repeat(20_000)}` },
    ],
  ] as const)
    it(`suffices for ${name}`, async () => {
      const call = await series({ schedule, extras: { interval: 60_000_000_000n, count: 9, ...extras } });
      const { receipt, gas } = await send(call);
      assert.equal(receipt.status, "success", `gas ${gas}, used ${receipt.gasUsed}`);
      assert.ok(receipt.gasUsed <= gas);
    });

  it("tells beforehand what a retried target would do, and whether a condition holds", async () => {
    const context = { txm: { address: addressOf(KEY) }, scheduler: chain.scheduler, chain: { rpc } } as never;
    const extras = { count: 2, interval: 60_000_000_000n };
    const retried = {
      ...sampleRun(),
      ...(await series({ schedule: { target: FICKLE }, extras: { ...extras, onRevert: 1 } })),
    };
    const proceeding = { ...sampleRun(), ...(await series({ schedule: { target: FICKLE }, extras })) };
    const waiting = {
      ...sampleRun(),
      ...(await series({ extras: { ...extras, condition: SWITCH, conditionGas: 50_000 } })),
    };
    const answers = () => Promise.all([retried, proceeding, waiting].map((run) => refusalOf(context, run)));
    await rpc.request("anvil_setStorageAt", [SWITCH, toHex(0n), toHex(0n, { size: 32 })]);
    const names = (await answers()).map((reason) => reason?.name);
    assert.deepEqual(names, ["TargetReverts", undefined, "ScheduleConditionFalse"]);
    for (const address of [SWITCH, FICKLE])
      await rpc.request("anvil_setStorageAt", [address, toHex(0n), toHex(1n, { size: 32 })]);
    assert.deepEqual(await answers(), [undefined, undefined, undefined]);
  });

  it("is simulated as if the block had come", async () => {
    const { timestamp } = await chain.client.getBlock();
    const [later] = await chain.schedule([{ notBefore: (timestamp + 500n) * 1_000_000_000n }]);
    assert.ok(later !== undefined);
    const client = { rpc } as never;
    const call = {
      from: addressOf(KEY),
      to: chain.scheduler,
      data: encodeExecute({ ...later, extras: null }),
      gas: 500_000n,
    };
    const early = await simulateExecute(client, call);
    assert.ok(!early.ok && early.reason.name === "ScheduleTooEarly");
    assert.ok((await simulateExecute(client, call, timestamp + 500n)).ok);
    const late = await simulateExecute(client, call, timestamp + 5_000n);
    assert.ok(!late.ok && late.reason.name === "ScheduleTooLate");
    const unknown = await simulateExecute(
      client,
      {
        ...call,
        data: encodeExecute({
          ...later,
          extras: null,
          schedule: { ...later.schedule, salt: toHex(99n, { size: 32 }) },
        }),
      },
      timestamp + 500n,
    );
    assert.ok(!unknown.ok && unknown.reason.name === "ScheduleUnknown");
  });
});
