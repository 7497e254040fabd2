import { CLOCK, chronoOracleAbi, chronoSchedulerAbi, counterAbi, type Schedule } from "@chronoledger/bindings";
import { ceilSeconds, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import {
  type Account,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  parseEther,
  parseEventLogs,
  parseGwei,
  publicActions,
  toHex,
  zeroHash,
} from "viem";
import { CHAIN } from "./chain.ts";
import type { Addresses } from "./services.ts";

/** How one schedule ended, read from the chain alone. */
export type Result = {
  readonly id: Hex;
  readonly attested: boolean;
  readonly success: boolean;
  readonly firstEligible: boolean;
  /** On the schedule's own clock. */
  readonly latenessNs: bigint;
};

const WINDOW_NS = 60n * NS_PER_S;
/** The first eligible block pays in full. */
const GRACE_NS = 2n * NS_PER_S;
/** One in so many runs by attested time. */
const ATTESTED_EVERY = 6;
const TARGET_GAS = 60_000;

/** What the counter shows before its first call. */
const COUNT_AT_START = 1n;

const DATA = encodeFunctionData({ abi: counterAbi, functionName: "increment" });
const DATA_HASH = keccak256(DATA);

export type Demonstration = ReturnType<typeof createDemonstration>;

/** A user who registers schedules and believes only the chain. */
export function createDemonstration(deps: {
  readonly rpcUrl: string;
  readonly user: Account;
  readonly addresses: Addresses;
  readonly clock: Clock;
}) {
  const client = createWalletClient({
    account: deps.user,
    chain: CHAIN,
    transport: http(deps.rpcUrl, { retryCount: 0, timeout: 3_000 }),
  }).extend(publicActions);
  const scheduler = { address: deps.addresses.scheduler as Hex, abi: chronoSchedulerAbi } as const;
  const known = new Map<Hex, Schedule>();
  let salt = deps.clock.utcNow() as bigint;

  const plan = (notBefore: UnixNs, attested: boolean): Schedule => ({
    owner: deps.user.address,
    target: deps.addresses.target as Hex,
    notBefore,
    notAfter: notBefore + WINDOW_NS,
    grace: GRACE_NS,
    clock: attested ? CLOCK.attested : CLOCK.block,
    gasLimit: TARGET_GAS,
    maxBaseFee: parseGwei("100"),
    value: 0n,
    reward: parseEther("0.01"),
    rewardFloor: parseEther("0.001"),
    extras: zeroHash,
    salt: toHex(salt++, { size: 32 }),
  });

  /** Spread evenly, at odd nanoseconds, some of them right after a whole second. */
  function planMany(count: number, seconds: number, from: UnixNs): Schedule[] {
    const step = (BigInt(seconds) * NS_PER_S) / BigInt(count);
    return Array.from({ length: count }, (_, i) => {
      const at = from + BigInt(i) * step;
      const odd = i % 8 === 7 ? (at / NS_PER_S) * NS_PER_S + 600_001n : at + (BigInt(i * 7_919_113) % (step / 2n + 1n));
      return plan(unixNs(odd | 1n), i % ATTESTED_EVERY === ATTESTED_EVERY - 1);
    });
  }

  /** Resolves when the chain holds all of them. Sends again what a killed chain lost; the same terms cannot be scheduled twice. */
  async function register(terms: readonly Schedule[], signal: AbortSignal): Promise<void> {
    const ids = await Promise.all(
      terms.map((each) => client.readContract({ ...scheduler, functionName: "idOf", args: [each, DATA_HASH] })),
    );
    for (const [i, id] of ids.entries()) known.set(id, terms[i] as Schedule);
    while (!signal.aborted && (await missing()).length > 0) {
      await sendMissing();
      await nextBlock(signal);
    }
  }

  async function missing(): Promise<Schedule[]> {
    const done = new Set((await executions()).map((log) => log.args.id));
    const open = [...known].filter(([id]) => !done.has(id));
    const at = await Promise.all(
      open.map(([id]) => client.readContract({ ...scheduler, functionName: "pendingOf", args: [id] })),
    );
    return open.filter((_, i) => at[i]?.scheduledAt === 0n).map(([, terms]) => terms);
  }

  async function sendMissing(): Promise<void> {
    let nonce = await client.getTransactionCount({ address: deps.user.address, blockTag: "latest" });
    for (const terms of await missing())
      await client
        .writeContract({
          ...scheduler,
          functionName: "schedule",
          args: [terms, DATA],
          value: terms.reward + terms.value,
          nonce: nonce++,
          gas: 200_000n,
          maxFeePerGas: parseGwei("50"),
          maxPriorityFeePerGas: parseGwei("1"),
        })
        .catch(() => undefined); // Already in the pool, or the chain is down: the loop looks again.
  }

  async function nextBlock(signal: AbortSignal): Promise<void> {
    const start = await client.getBlockNumber({ cacheTime: 0 });
    while (!signal.aborted && (await client.getBlockNumber({ cacheTime: 0 })) <= start)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const logs = async (address: Hex) => client.getLogs({ address, fromBlock: 0n });
  const executions = async () =>
    parseEventLogs({ abi: chronoSchedulerAbi, eventName: "Executed", logs: await logs(scheduler.address) }).filter(
      (log) => known.has(log.args.id),
    );

  /** What the chain says of every schedule that has run. */
  async function results(): Promise<Result[]> {
    const address = deps.addresses.oracle as Hex;
    const accepted = parseEventLogs({ abi: chronoOracleAbi, eventName: "TimeAccepted", logs: await logs(address) });
    const { taiMinusUtc } = await client.readContract({ address, abi: chronoOracleAbi, functionName: "latest" });
    const offset = BigInt(taiMinusUtc) * NS_PER_S;
    return Promise.all(
      (await executions()).map(async (log) => {
        const terms = known.get(log.args.id) as Schedule;
        const attested = terms.clock === CLOCK.attested;
        const [block, parent] = await Promise.all([
          client.getBlock({ blockNumber: log.blockNumber }),
          client.getBlock({ blockNumber: log.blockNumber - 1n }),
        ]);
        // Attested: the certificate that opens the window may stand in the same block or in the one before.
        const openedIn = accepted.find((event) => event.args.timeTaiNs - offset >= terms.notBefore)?.blockNumber ?? 0n;
        const first = ceilSeconds(terms.notBefore as UnixNs);
        return {
          id: log.args.id,
          attested,
          success: log.args.success,
          firstEligible: attested
            ? log.blockNumber <= openedIn + 1n
            : parent.timestamp < first && first <= block.timestamp,
          latenessNs: attested ? log.args.attestedLatenessNs : log.args.blockLatenessNs,
        };
      }),
    );
  }

  return {
    plan,
    planMany,
    register,
    results,
    /** Keeps what is registered registered, through kills of the chain, until every schedule has run. */
    async untilAllExecuted(signal: AbortSignal, onProgress: (executed: number) => void): Promise<void> {
      while (!signal.aborted) {
        try {
          const executed = (await executions()).length;
          onProgress(executed);
          if (executed >= known.size) return;
          if ((await missing()).length > 0) await sendMissing();
        } catch {
          // The chain is down and will be back.
        }
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },
    /** How often the target was really called. */
    calls: async () =>
      (await client.readContract({ address: deps.addresses.target as Hex, abi: counterAbi, functionName: "count" })) -
      COUNT_AT_START,
    get size() {
      return known.size;
    },
  };
}

/** Time to register and to plan, and for services that have just started to settle: thirteen processes share the machine. */
const SETTLE_NS = 8n * NS_PER_S;

/** First deadline of a demonstration. */
export const firstDeadline = (clock: Clock): UnixNs => unixNs(clock.utcNow() + SETTLE_NS);
