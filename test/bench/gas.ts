import {
  CLOCK,
  chronoOracleAbi,
  chronoSchedulerAbi,
  clockReaderAbi,
  clockReaderBytecode,
  counterAbi,
  counterBytecode,
  ORACLE_ADDRESS,
  type Schedule,
} from "@chronoledger/bindings";
import { sha256, type TaiNs } from "@chronoledger/core";
import {
  type Abi,
  concatHex,
  createPublicClient,
  createWalletClient,
  type EncodeDeployDataParameters,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  parseEther,
  parseGwei,
  toBytes,
  toHex,
  zeroHash,
} from "viem";
import { type LocalAccount, privateKeyToAccount } from "viem/accounts";
import { DOCUMENT_FILE } from "../../tools/gas/document.ts";
import { type GasByName, orderedGas, RECEIPTS_FILE } from "../../tools/gas/receipts.ts";
import { ANVIL_KEYS } from "../support/anvil.ts";
import { startChronoChain } from "../support/chrono-chain.ts";
import { makeProof } from "../support/proof.ts";
import { newQuorum, type Quorum } from "../support/quorum.ts";
import { compareWithCommitted, writeCommitted } from "./gas-receipts.ts";

export type GasOptions = {
  readonly json?: boolean;
  /** Keeps the figures as the committed ones. */
  readonly write?: boolean;
  readonly progress?: (line: string) => void;
};

const START_S = 1_800_000_000n;
const TAI_MINUS_UTC_NS = 37_000_000_000n;
/** n for each k, the least with n >= 3f + 1 that needs k signatures. */
const SIZES = [
  [3, 4],
  [5, 7],
  [7, 10],
] as const;
const DEPTH = 10;

/** Gas of whole transactions, from receipts on a chain of its own (osaka rules). */
export async function run(options: GasOptions = {}): Promise<GasByName> {
  const progress = options.progress ?? (() => {});
  const gas = orderedGas(await measure(progress));
  compareWithCommitted(gas, progress);
  if (options.write === true) {
    writeCommitted(gas);
    progress(`wrote ${RECEIPTS_FILE} and ${DOCUMENT_FILE}`);
  }
  return gas;
}

async function measure(progress: (line: string) => void): Promise<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const [k, n] of SIZES) {
    const chain = await startChain(n);
    try {
      result[`submit${k}`] = await measureSubmit(chain);
      progress(`submit k = ${k}: ${result[`submit${k}`]}`);
      if (k === 3) Object.assign(result, await measureScheduler(chain, progress), await measureReads(chain, progress));
    } finally {
      await chain.stop();
    }
  }
  return result;
}

type Receipt = { readonly status: string; readonly gasUsed: bigint; readonly contractAddress?: Hex | null | undefined };
type Chain = {
  readonly quorum: Quorum;
  readonly scheduler: Hex;
  readonly owner: LocalAccount;
  readonly keeper: LocalAccount;
  /** Mines the transaction alone in a block of the given second; the gas it used. */
  send(transaction: {
    readonly from?: LocalAccount;
    readonly to?: Hex;
    readonly data: Hex;
    readonly value?: bigint;
    readonly atSecond?: bigint;
  }): Promise<Receipt>;
  /** Submits a certificate for the second, plus the nanoseconds. @returns gas */
  certify(atSecond: bigint, plusNs: bigint, imprint?: Uint8Array): Promise<number>;
  now(): Promise<bigint>;
  stop(): Promise<void>;
};

async function startChain(n: number): Promise<Chain> {
  const quorum = newQuorum({ n });
  const { rpcUrl, deployment, stop } = await startChronoChain(quorum, { startS: START_S });
  const [owner, keeper] = [privateKeyToAccount(ANVIL_KEYS[1]), privateKeyToAccount(ANVIL_KEYS[2])];
  return { ...connect(rpcUrl, quorum, owner), quorum, scheduler: deployment.scheduler, owner, keeper, stop };
}

function connect(rpcUrl: string, quorum: Quorum, owner: LocalAccount): Pick<Chain, "send" | "certify" | "now"> {
  const transport = http(rpcUrl);
  const reader = createPublicClient({ transport, pollingInterval: 10 });
  const rpc = reader.request as (args: { method: string; params: unknown[] }) => Promise<unknown>;
  let sequence = 1_000_000n;
  const send: Chain["send"] = async ({ from = owner, to, data, value = 0n, atSecond }) => {
    if (atSecond !== undefined) await rpc({ method: "evm_setNextBlockTimestamp", params: [Number(atSecond)] });
    const writer = createWalletClient({ transport, account: from });
    const fees = { gas: 3_000_000n, maxFeePerGas: parseGwei("10"), maxPriorityFeePerGas: 1n };
    const hash = await writer.sendTransaction({
      chain: null,
      data,
      value,
      ...fees,
      ...(to === undefined ? {} : { to }),
    });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`transaction reverted: ${data.slice(0, 10)}`);
    return receipt;
  };
  return {
    send,
    now: async () => (await reader.getBlock()).timestamp,
    async certify(atSecond, plusNs, imprint = sha256(toBytes(String(sequence)))) {
      const time = (atSecond * 1_000_000_000n + plusNs + TAI_MINUS_UTC_NS) as TaiNs;
      // The last k nodes: the dearest to fetch. All hashes are filled in, as in real statements.
      const { keys, f } = quorum.set;
      const nodes = keys.map((_, i) => i).slice(f);
      const hash = (tag: string) => sha256(toBytes(`${tag} ${sequence}`));
      const certificate = quorum.certify(
        {
          time,
          sequence: sequence++,
          previousTime: (time - 1_000_000_007n) as TaiNs,
          imprint,
          link: hash("link"),
          anchor: hash("anchor"),
        },
        nodes,
      );
      const args = [certificate.statement, certificate.signers, certificate.signatures] as const;
      const data = encodeFunctionData({ abi: chronoOracleAbi, functionName: "submit", args });
      return Number((await send({ to: ORACLE_ADDRESS, data, atSecond: atSecond + 1n })).gasUsed);
    },
  };
}

/** The third one: every slot it touches is warm with an earlier value. */
async function measureSubmit(chain: Chain): Promise<number> {
  let gas = 0;
  for (let i = 0; i < 3; i++) gas = await chain.certify((await chain.now()) + 1n, 123_456_789n);
  return gas;
}

async function deployContract(chain: Chain, parameters: EncodeDeployDataParameters<Abi>): Promise<Hex> {
  const { contractAddress } = await chain.send({ data: encodeDeployData(parameters) });
  if (contractAddress === null || contractAddress === undefined) throw new Error("nothing was deployed");
  return contractAddress;
}

async function measureScheduler(chain: Chain, progress: (line: string) => void): Promise<Record<string, number>> {
  const counter = await deployContract(chain, { abi: counterAbi as Abi, bytecode: counterBytecode });
  const record = encodeFunctionData({ abi: counterAbi, functionName: "record", args: [keccak256("0x01"), 1n] });
  const increment = encodeFunctionData({ abi: counterAbi, functionName: "increment" });
  let salt = 0xfedcba9876543210n;
  /** Every field set; due at an odd nanosecond of the second `inSeconds` ahead. */
  async function commit(data: Hex, clock: number, inSeconds = 100n) {
    const due = ((await chain.now()) + inSeconds) * 1_000_000_000n;
    const terms: Schedule = {
      owner: chain.owner.address,
      target: counter,
      notBefore: due - 876_543_211n,
      notAfter: due + 11_123_456_789n,
      grace: 2_000_000_000n,
      clock,
      gasLimit: 50_001,
      maxBaseFee: parseGwei("49.123456789"),
      value: clock === CLOCK.block && data === record ? 1n : 0n,
      reward: parseEther("0.000123456789"),
      rewardFloor: parseEther("0.000023456789"),
      extras: zeroHash,
      salt: toHex(salt++, { size: 32 }),
    };
    const call = encodeFunctionData({ abi: chronoSchedulerAbi, functionName: "schedule", args: [terms, data] });
    const receipt = await chain.send({ to: chain.scheduler, data: call, value: terms.value + terms.reward });
    return { terms, data, dueSecond: due / 1_000_000_000n, gas: Number(receipt.gasUsed) };
  }
  async function execute(
    { terms, data, dueSecond }: Awaited<ReturnType<typeof commit>>,
    lateSeconds = 0n,
  ): Promise<number> {
    if (terms.clock === CLOCK.attested) await chain.certify(dueSecond - 1n, 500_000_000n);
    const call = encodeFunctionData({ abi: chronoSchedulerAbi, functionName: "execute", args: [terms, data] });
    return Number(
      (
        await chain.send({
          from: chain.keeper,
          to: chain.scheduler,
          data: call,
          atSecond: dueSecond + 1n + lateSeconds,
        })
      ).gasUsed,
    );
  }
  const direct = Number((await chain.send({ to: counter, data: increment })).gasUsed);
  // The first one of each opens the credits of keeper and owner; the second is the steady state.
  await execute(await commit(increment, CLOCK.block));
  const executed = await execute(await commit(increment, CLOCK.block));
  await execute(await commit(increment, CLOCK.attested));
  const attested = await execute(await commit(increment, CLOCK.attested));
  // Behind the time of grace a part of the reward goes back to the owner.
  await execute(await commit(increment, CLOCK.block), 5n);
  const late = await execute(await commit(increment, CLOCK.block), 5n);
  const scheduled = await commit(record, CLOCK.block);
  const cancel = encodeFunctionData({
    abi: chronoSchedulerAbi,
    functionName: "cancel",
    args: [scheduled.terms, keccak256(scheduled.data)],
  });
  const longer = await commit(concatHex([record, toHex(new Uint8Array(1_024).fill(0xa7))]), CLOCK.block);
  const result = {
    schedule68: scheduled.gas,
    schedule1092: longer.gas,
    executeBlockOverhead: executed - direct,
    executeAttestedOverhead: attested - direct,
    executeLateOverhead: late - direct,
    cancel: Number((await chain.send({ to: chain.scheduler, data: cancel })).gasUsed),
  };
  for (const [name, gas] of Object.entries(result)) progress(`${name}: ${gas}`);
  return result;
}

async function measureReads(chain: Chain, progress: (line: string) => void): Promise<Record<string, number>> {
  const args = [ORACLE_ADDRESS];
  const reader = await deployContract(chain, { abi: clockReaderAbi as Abi, bytecode: clockReaderBytecode, args });
  await chain.certify((await chain.now()) + 1n, 1n);
  const gasOf = async (functionName: "noop" | "read" | "readTwice"): Promise<number> =>
    Number((await chain.send({ to: reader, data: encodeFunctionData({ abi: clockReaderAbi, functionName }) })).gasUsed);
  const [noop, once, twice] = [await gasOf("noop"), await gasOf("read"), await gasOf("readTwice")];

  const proveAt = async (depth: number, how: "prove" | "proveByTheOracle" = "prove"): Promise<number> => {
    const { inclusion, certificate } = makeProof(chain.quorum, await chain.now(), depth);
    const gasOfProof = async (functionName: typeof how | "proveNothing"): Promise<number> => {
      const data = encodeFunctionData({ abi: clockReaderAbi, functionName, args: [inclusion, certificate] });
      return Number((await chain.send({ to: reader, data })).gasUsed);
    };
    return (await gasOfProof(how)) - (await gasOfProof("proveNothing"));
  };
  const result = {
    readCold: once - noop,
    readWarm: twice - once,
    verifyProofK3D10: await proveAt(DEPTH),
    verifyProofK3D0: await proveAt(0),
    verifyProofByOracleK3D10: await proveAt(DEPTH, "proveByTheOracle"),
  };
  for (const [name, gas] of Object.entries(result)) progress(`${name}: ${gas}`);
  return result;
}

if (import.meta.main) console.log(JSON.stringify(await run({ progress: (line) => console.error(line) })));
