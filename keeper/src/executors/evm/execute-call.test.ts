import assert from "node:assert/strict";
import { chronoSchedulerAbi, counterAbi, type Schedule } from "@chronoledger/bindings";
import { addressOf, connectRpc, parsePrivateKey, type RpcConnection, signTransaction } from "@chronoledger/txm";
import { encodeFunctionData, type Hex, parseEventLogs, toHex } from "viem";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../../../../test/support/anvil.ts";
import { deploySchedulerChain, type SchedulerChain } from "../../../../test/support/scheduler.ts";
import { encodeExecute, executeGas } from "./execute-call.ts";
import { simulateExecute } from "./simulate.ts";

const KEY = parsePrivateKey(ANVIL_KEYS[0]);
/** Burns all gas that it is given: INVALID. And one that keeps what it needs: STOP. */
const BURNER = `0x${"b0".repeat(20)}` as const;
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
  });
  after(async () => {
    rpc.close();
    await anvil.stop();
  });

  const execute = async (fields: Partial<Schedule>, data?: Hex) => {
    const { timestamp } = await chain.client.getBlock();
    const [scheduled] = await chain.schedule([{ notBefore: timestamp * 1_000_000_000n, ...fields }], data);
    assert.ok(scheduled !== undefined);
    const gas = executeGas(scheduled.schedule, scheduled.data);
    const input = encodeExecute(scheduled.schedule, scheduled.data);
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

  it("is simulated as if the block had come", async () => {
    const { timestamp } = await chain.client.getBlock();
    const [later] = await chain.schedule([{ notBefore: (timestamp + 500n) * 1_000_000_000n }]);
    assert.ok(later !== undefined);
    const client = { rpc } as never;
    const call = {
      from: addressOf(KEY),
      to: chain.scheduler,
      data: encodeExecute(later.schedule, later.data),
      gas: 500_000n,
    };
    const early = await simulateExecute(client, call);
    assert.ok(!early.ok && early.reason.name === "ScheduleTooEarly");
    assert.deepEqual(await simulateExecute(client, call, timestamp + 500n), { ok: true });
    const late = await simulateExecute(client, call, timestamp + 5_000n);
    assert.ok(!late.ok && late.reason.name === "ScheduleTooLate");
    const unknown = await simulateExecute(
      client,
      { ...call, data: encodeExecute({ ...later.schedule, salt: toHex(99n, { size: 32 }) }, later.data) },
      timestamp + 500n,
    );
    assert.ok(!unknown.ok && unknown.reason.name === "ScheduleUnknown");
  });
});
