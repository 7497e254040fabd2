import { Queue, Worker } from "bullmq";
import { createWalletClient, encodeFunctionData, type Hex, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { chronoSchedulerAbi, type Schedule } from "../../packages/bindings/src/index.ts";
import { createSystemClock } from "../../packages/service/src/clock.ts";

const NS_PER_MS = 1_000_000n;
const GWEI = 1_000_000_000n;

export type PlainContender = {
  /** UTC ns by schedule id: when the node's answer was there. */
  readonly acceptedAt: ReadonlyMap<Hex, bigint>;
  readonly failures: number;
  add(schedules: readonly { id: Hex; schedule: Schedule; data: Hex }[]): Promise<void>;
  close(): Promise<void>;
};

/**
 * What one writes without further thought: a BullMQ delayed job (default settings, its own queue) whose processor signs and sends by viem
 * over HTTP. It is spared what would only make it slower: gas, fees and nonces are known beforehand, and its connection is warm.
 */
export async function startPlainContender(options: {
  rpcUrl: string;
  redisUrl: string;
  scheduler: Hex;
  key: Hex;
}): Promise<PlainContender> {
  const { hostname, port } = new URL(options.redisUrl);
  const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
  const name = `plain-${process.pid}`;
  const clock = createSystemClock();
  const wallet = createWalletClient({
    chain: foundry,
    transport: http(options.rpcUrl),
    account: privateKeyToAccount(options.key),
  });
  const jobs = new Map<Hex, { schedule: Schedule; data: Hex }>();
  const acceptedAt = new Map<Hex, bigint>();
  let nonce = 0;
  let failures = 0;

  const queue = new Queue<{ id: Hex }>(name, { connection });
  const worker = new Worker<{ id: Hex }>(
    name,
    async ({ data: { id } }) => {
      const job = jobs.get(id);
      if (job === undefined) return;
      const data = encodeFunctionData({
        abi: chronoSchedulerAbi,
        functionName: "execute",
        args: [job.schedule, job.data],
      });
      await wallet
        .sendTransaction({
          to: options.scheduler,
          data,
          gas: 400_000n,
          nonce: nonce++,
          maxFeePerGas: 100n * GWEI,
          maxPriorityFeePerGas: GWEI,
          type: "eip1559",
        })
        .catch((error: unknown) => {
          failures++;
          throw error;
        });
      acceptedAt.set(id, clock.utcNow());
    },
    { connection, concurrency: 50 },
  );
  await worker.waitUntilReady();
  await wallet.getChainId();

  return {
    acceptedAt,
    get failures() {
      return failures;
    },
    async add(schedules) {
      const now = Number(clock.utcNow() / NS_PER_MS);
      for (const { id, schedule, data } of schedules) jobs.set(id, { schedule, data });
      // Rounded up: a delay in whole milliseconds must not end before the deadline.
      const delayOf = (schedule: Schedule) => Number((schedule.notBefore + NS_PER_MS - 1n) / NS_PER_MS) - now;
      await queue.addBulk(
        schedules.map(({ id, schedule }) => ({
          name: "fire",
          data: { id },
          opts: { timestamp: now, delay: delayOf(schedule) },
        })),
      );
    },
    async close() {
      await worker.close(true);
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}
