import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  type PublicClient,
  parseEventLogs,
  toHex,
  zeroHash,
} from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import {
  chronoOracleAbi,
  chronoOracleBytecode,
  chronoSchedulerAbi,
  chronoSchedulerBytecode,
  counterAbi,
  counterBytecode,
  type Schedule,
} from "../../packages/bindings/src/index.ts";
import { parsePrivateKey, signTransaction } from "../../packages/txm/src/sign.ts";
import { ANVIL_KEYS } from "./anvil.ts";

export type SchedulerChain = {
  readonly client: PublicClient;
  readonly owner: PrivateKeyAccount;
  readonly scheduler: Hex;
  readonly oracle: Hex;
  readonly counter: Hex;
  /** Schedules calls of the counter and waits until they are in blocks. */
  schedule(wanted: readonly Partial<Schedule>[], data?: Hex): Promise<{ id: Hex; schedule: Schedule; data: Hex }[]>;
  count(): Promise<bigint>;
};

export const INCREMENT = encodeFunctionData({ abi: counterAbi, functionName: "increment" });
const GWEI = 1_000_000_000n;
const REWARD = 10n ** 15n;

/** A scheduler, an oracle that knows no time yet, and a counter to call, on a fresh development chain with mining on. */
export async function deploySchedulerChain(rpcUrl: string): Promise<SchedulerChain> {
  const owner = privateKeyToAccount(ANVIL_KEYS[1]);
  const transport = http(rpcUrl);
  const client = createPublicClient({ chain: foundry, transport, pollingInterval: 50 }) as PublicClient;
  const wallet = createWalletClient({ chain: foundry, transport, account: owner });
  let nonce = await client.getTransactionCount({ address: owner.address });
  const deploy = async (abi: readonly unknown[], bytecode: Hex, args: readonly unknown[]): Promise<Hex> => {
    const hash = await wallet.deployContract({ abi: abi as never, bytecode, args: args as never, nonce: nonce++ });
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.contractAddress == null) throw new Error("a contract was not deployed");
    return receipt.contractAddress;
  };
  const oracle = await deploy(chronoOracleAbi, chronoOracleBytecode, [owner.address]);
  const scheduler = await deploy(chronoSchedulerAbi, chronoSchedulerBytecode, [oracle]);
  const counter = await deploy(counterAbi, counterBytecode, []);
  let salt = 0n;

  return {
    ...{ client, owner, scheduler, oracle, counter },
    async schedule(wanted, data = INCREMENT) {
      const schedules = wanted.map(
        (fields): Schedule => ({
          owner: owner.address,
          target: counter,
          notBefore: 0n,
          notAfter: (fields.notBefore ?? 0n) + 30n * GWEI,
          grace: 0n,
          clock: 0,
          gasLimit: 60_000,
          maxBaseFee: 500n * GWEI,
          value: 0n,
          reward: REWARD,
          rewardFloor: 0n,
          extras: zeroHash,
          salt: toHex(salt++, { size: 32 }),
          ...fields,
        }),
      );
      // Another SchedulerChain may have used the account meanwhile.
      nonce = await client.getTransactionCount({ address: owner.address });
      const fromBlock = await client.getBlockNumber();
      const raws = schedules.map((schedule) => signSchedule({ scheduler, schedule, data, nonce: nonce++ }));
      const hashes = await Promise.all(
        raws.map((serializedTransaction) => client.sendRawTransaction({ serializedTransaction })),
      );
      // One sender: when the last is in a block, all are.
      const last = hashes.at(-1);
      if (last !== undefined) await client.waitForTransactionReceipt({ hash: last });
      const logs = await client.getLogs({ address: scheduler, fromBlock });
      const events = parseEventLogs({ abi: chronoSchedulerAbi, logs, eventName: "Scheduled" });
      const ids = new Map(events.map(({ args }) => [args.schedule.salt, args.id]));
      const missing = schedules.findIndex(({ salt: own }) => !ids.has(own));
      if (missing !== -1) {
        const { status, gasUsed, blockNumber } = await client.getTransactionReceipt({ hash: hashes[missing] as Hex });
        throw new Error(`a call was not scheduled: ${status} in block ${blockNumber}, gas ${gasUsed}`);
      }
      return schedules.map((schedule) => ({ id: ids.get(schedule.salt) as Hex, schedule, data }));
    },
    count: () => client.readContract({ address: counter, abi: counterAbi, functionName: "count" }),
  };
}

type Scheduling = { readonly scheduler: Hex; readonly schedule: Schedule; readonly data: Hex; readonly nonce: number };

const OWNER_KEY = parsePrivateKey(ANVIL_KEYS[1]);

const signSchedule = ({ scheduler, schedule, data, nonce }: Scheduling): Hex =>
  signTransaction(
    {
      to: scheduler,
      data: encodeFunctionData({ abi: chronoSchedulerAbi, functionName: "schedule", args: [schedule, data] }),
      nonce,
      value: schedule.value + schedule.reward,
      chainId: foundry.id,
      gas: 150_000n + 20n * BigInt(data.length),
      maxFeePerGas: 50n * GWEI,
      maxPriorityFeePerGas: GWEI,
    },
    OWNER_KEY,
  ).raw;

export const dataHashOf = (data: Hex): Hex => keccak256(data);
