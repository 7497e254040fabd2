import { decodeFunctionData, type Hex, type PublicClient, parseEventLogs } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { keepOnWholeSeconds, mineEachSecond } from "../../deploy/src/devnet/metronome.ts";
import { chronoSchedulerAbi } from "../../packages/bindings/src/index.ts";
import { createSystemClock } from "../../packages/service/src/clock.ts";
import { connectRpc } from "../../packages/txm/src/index.ts";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../support/anvil.ts";
import { type KeeperProcess, removeFolder, startKeeperProcess } from "../support/keeper.ts";
import { startRedis } from "../support/redis.ts";
import { deploySchedulerChain, type SchedulerChain } from "../support/scheduler.ts";
import { until } from "../support/until.ts";
import { type PlainContender, startPlainContender } from "./plain-contender.ts";

const DEADLINES = 200;
const NS_PER_S = 1_000_000_000n;
/** Odd on purpose: no deadline falls on a whole millisecond. */
const APART = 83_456_789n;
/** Of the two contenders' deadlines. */
const BETWEEN = 41_728_391n;
/** So many of the keeper's deadlines are moved to just after, and so many to just before a whole second. */
const AT_THE_EDGE = 5;
const KEEPER_KEY = ANVIL_KEYS[0];
const PLAIN_KEY = ANVIL_KEYS[2];
/** For scheduling all of it. */
const LEAD_SECONDS = 15n;

export type BenchOptions = { readonly json: boolean; readonly progress: (line: string) => void };
type Scheduled = Awaited<ReturnType<SchedulerChain["schedule"]>>[number];

/**
 * This keeper, as a real process, against a plain BullMQ delayed job that signs and sends by viem over HTTP at its deadline: 200 deadlines
 * each, interleaved, on one chain (anvil, 1 s blocks sealed just after whole seconds), one Redis (its default hz), one machine.
 *
 * Measured alike for both: the wall clock when the node's answer to eth_sendRawTransaction is there, minus the deadline. A transaction
 * that the keeper sends ahead because its block is about to be sealed, or holds back because the next block would be too early, counts as
 * it is (below zero, or the milliseconds until the block that opens the gate); both are exceptions, reported as `prepositioned` and
 * `gated`, and too few to move the median. `firstEligible` (share of runs in the first block with a timestamp at or after the
 * deadline) and `early` (transactions of the keeper in a block with an earlier timestamp) come from the chain, not from the keeper.
 *
 * On a machine that is busy otherwise both get slower, and what is left is mostly the node's own time for an answer. A late tick of
 * anvil's timer moves all later ones: the chain is then put back onto whole seconds.
 */
export async function run({ progress }: BenchOptions): Promise<Record<string, number>> {
  const anvil = await startAnvil({ args: ["--no-mining"] });
  const redis = process.env.REDIS_URL === undefined ? await startRedis() : undefined;
  const redisUrl = process.env.REDIS_URL ?? (redis?.url as string);
  let stopMining: (() => void) | undefined;
  let keeper: KeeperProcess | undefined;
  let plain: PlainContender | undefined;
  try {
    stopMining = await mineOnWholeSeconds(anvil);
    const ours = await deploySchedulerChain(anvil.rpcUrl);
    const theirs = await deploySchedulerChain(anvil.rpcUrl);
    progress(`chain and Redis (${redis?.kind ?? "REDIS_URL"}) are up`);
    keeper = await startKeeperProcess({ key: KEEPER_KEY, env: keeperEnvironment(anvil, redisUrl, ours) });
    plain = await startPlainContender({ rpcUrl: anvil.rpcUrl, redisUrl, scheduler: theirs.scheduler, key: PLAIN_KEY });
    const clock = createSystemClock();
    const base = (clock.utcNow() / NS_PER_S + LEAD_SECONDS) * NS_PER_S + 12_345_678n;
    const mine = await ours.schedule(withEdges(deadlines(base)).map((notBefore) => ({ notBefore })));
    const other = await theirs.schedule(deadlines(base + BETWEEN).map((notBefore) => ({ notBefore })));
    await plain.add(other);
    const left = base - clock.utcNow();
    if (left < NS_PER_S)
      throw new Error(`scheduling took too long on this machine: ${toMs(left)} ms left before the first deadline`);
    progress(`${DEADLINES} deadlines for each contender over ${(Number(APART) * DEADLINES) / 1e9} s`);
    await until(
      "every deadline has passed and every run has an end",
      () => isOver(keeper as KeeperProcess, plain as PlainContender),
      90_000,
    );
    return await report({ client: ours.client, keeper, plain, mine, other });
  } finally {
    await plain?.close();
    await keeper?.end();
    if (keeper !== undefined) removeFolder(keeper.dataDir);
    stopMining?.();
    await redis?.stop();
    await anvil.stop();
  }
}

/** @returns stops it. @throws when blocks cannot be had on whole seconds at all */
async function mineOnWholeSeconds(anvil: Anvil): Promise<() => void> {
  const clock = createSystemClock();
  const rpc = connectRpc(anvil.ipcPath);
  const metronome = keepOnWholeSeconds(rpc, clock);
  await mineEachSecond(rpc, clock);
  await until("blocks come on whole seconds", metronome.onTime, 30_000);
  return metronome.stop;
}

const keeperEnvironment = (anvil: Anvil, redisUrl: string, chain: SchedulerChain): Record<string, string> => ({
  KEEPER_RPC_URL: anvil.ipcPath,
  KEEPER_CHAIN_ID: "31337",
  KEEPER_SCHEDULER_ADDRESS: chain.scheduler,
  KEEPER_ORACLE_ADDRESS: chain.oracle,
  KEEPER_REDIS_URL: redisUrl,
  KEEPER_CONFIRMATIONS: "1",
  LOG_LEVEL: process.env.LOG_LEVEL ?? "info",
});

const deadlines = (base: bigint): bigint[] => Array.from({ length: DEADLINES }, (_, i) => base + BigInt(i) * APART);

/** Some of them at 0.6 ms after a whole second, some at 0.4 ms before one. */
function withEdges(times: readonly bigint[]): bigint[] {
  const every = Math.floor(times.length / (2 * AT_THE_EDGE));
  return times.map((time, i) => {
    if (i % every !== 0) return time;
    const second = ((time + NS_PER_S / 2n) / NS_PER_S) * NS_PER_S;
    return (i / every) % 2 === 0 ? second + 600_001n : second - 399_999n;
  });
}

async function isOver(keeper: KeeperProcess, plain: PlainContender): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { executed, failed } = await keeper.status();
  return executed + failed >= DEADLINES && plain.acceptedAt.size + plain.failures >= DEADLINES;
}

type Measured = {
  client: PublicClient;
  keeper: KeeperProcess;
  plain: PlainContender;
  mine: readonly Scheduled[];
  other: readonly Scheduled[];
};

async function report({ client, keeper, plain, mine, other }: Measured): Promise<Record<string, number>> {
  const runs = new Map((await keeper.runs()).map((record) => [record.scheduleId, record]));
  const chrono = mine.map(({ id }) => toMs(runs.get(id)?.acceptLatenessNs ?? 0n));
  const late = other.map(({ id, schedule }) => toMs((plain.acceptedAt.get(id) ?? 0n) - schedule.notBefore));
  const steps = [...runs.values()].map(({ timeline }) => new Set(timeline.map(({ step }) => step)));
  const plainP50Ms = percentile(late, 0.5);
  const chronoP50Ms = percentile(chrono, 0.5);
  return {
    deadlines: DEADLINES,
    plainP50Ms,
    plainP99Ms: percentile(late, 0.99),
    chronoP50Ms,
    chronoP99Ms: percentile(chrono, 0.99),
    ratioP50: Math.round((plainP50Ms / chronoP50Ms) * 10) / 10,
    firstEligible: await shareInFirstEligible(client, mine),
    early: await countEarly(client, privateKeyToAccount(KEEPER_KEY).address, mine),
    plainFirstEligible: await shareInFirstEligible(client, other),
    plainEarly: await countEarly(client, privateKeyToAccount(PLAIN_KEY).address, other),
    prepositioned: steps.filter((step) => step.has("sent ahead")).length,
    gated: steps.filter((step) => step.has("sent by head")).length,
    executed: [...runs.values()].filter(({ outcome, mine: own }) => outcome === "executed" && own).length,
    plainFailures: plain.failures,
    chronoWriteP50Ms: percentile(
      mine.map(({ id }) => toMs(runs.get(id)?.sendLatenessNs ?? 0n)),
      0.5,
    ),
  };
}

const toMs = (ns: bigint): number => Math.round(Number(ns) / 1e3) / 1e3;

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** From Executed events and block timestamps. */
async function shareInFirstEligible(client: PublicClient, schedules: readonly Scheduled[]): Promise<number> {
  const known = new Map(schedules.map(({ id, schedule }) => [id, schedule]));
  let first = 0;
  for await (const block of blocksWithTransactions(client))
    for (const { logs } of block.receipts)
      for (const { args } of parseEventLogs({ abi: chronoSchedulerAbi, logs, eventName: "Executed" })) {
        const due = known.get(args.id);
        if (
          due !== undefined &&
          block.parentTimestamp * NS_PER_S < due.notBefore &&
          due.notBefore <= block.timestamp * NS_PER_S
        )
          first++;
      }
  return first / schedules.length;
}

/** Transactions that ask for a run in a block that is too early for it, whatever became of them. */
async function countEarly(client: PublicClient, sender: Hex, schedules: readonly Scheduled[]): Promise<number> {
  const known = new Set(schedules.map(({ schedule }) => schedule.salt));
  let early = 0;
  for await (const block of blocksWithTransactions(client))
    for (const { from, input } of block.transactions) {
      if (from.toLowerCase() !== sender.toLowerCase() || input.length < 10) continue;
      const { functionName, args } = decodeFunctionData({ abi: chronoSchedulerAbi, data: input });
      if (functionName === "execute" && known.has(args[0].salt) && block.timestamp * NS_PER_S < args[0].notBefore)
        early++;
    }
  return early;
}

async function* blocksWithTransactions(client: PublicClient) {
  const newest = await client.getBlockNumber();
  let parentTimestamp = 0n;
  for (let blockNumber = 1n; blockNumber <= newest; blockNumber++) {
    const { timestamp, transactions } = await client.getBlock({ blockNumber, includeTransactions: true });
    const receipts = await Promise.all(transactions.map(({ hash }) => client.getTransactionReceipt({ hash })));
    yield { timestamp, parentTimestamp, transactions, receipts };
    parentTimestamp = timestamp;
  }
}
