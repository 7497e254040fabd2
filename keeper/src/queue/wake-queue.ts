import { NS_PER_MS, type UnixNs } from "@chronoledger/core";
import type { Logger } from "@chronoledger/service";
import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Run, RunName } from "../planner/run.ts";
import { queueName, wakeJobId } from "./names.ts";

/** Jobs that are done are kept so long that a late second add of the same id still finds them. */
const KEEP_DONE_S = 3_600;
/** BullMQ hands out up to `concurrency` jobs before it starts the first; waking is quick, so few are enough. */
const CONCURRENCY = 16;

export type WakeJob = RunName;

/** Port: wakes the keeper for a run, some time after `at`. It may forget: the sweeper wakes as well. */
export interface WakePort {
  schedule(runs: readonly { run: Run; at: UnixNs }[], now: UnixNs): Promise<void>;
  readonly connected: boolean;
  close(): Promise<void>;
}

export type WakeQueueOptions = {
  readonly connection: Redis;
  readonly prefix: string;
  readonly chainId: number;
  readonly keeper: number;
  readonly onWake: (job: WakeJob) => Promise<void>;
  readonly log: Logger;
};

/** BullMQ: one delayed job a run. The job only wakes; what to do then is in the database. */
export function createWakeQueue(options: WakeQueueOptions): WakePort {
  const { connection, log, keeper } = options;
  const name = `${queueName(options.prefix, options.chainId)}-${keeper}`;
  const blocking = connection.duplicate();
  // A command that Redis went away under must fail soon: the sweeper does without.
  const producing = connection.duplicate({ maxRetriesPerRequest: 1 });
  const quiet = () => undefined;
  blocking.on("error", quiet);
  producing.on("error", quiet);
  const queue = new Queue<WakeJob>(name, { connection: producing });
  const worker = new Worker<WakeJob>(name, (job) => options.onWake(job.data), {
    connection: blocking,
    concurrency: CONCURRENCY,
    removeOnComplete: { age: KEEP_DONE_S },
    removeOnFail: { age: KEEP_DONE_S },
  });
  queue.on("error", quiet);
  worker.on("error", quiet);
  worker.on("failed", (job, error) => log.warn({ err: error, job: job?.id }, "waking failed; the sweeper tries again"));

  return {
    async schedule(runs, now) {
      if (runs.length === 0) return;
      const timestamp = Number(now / NS_PER_MS);
      await queue.addBulk(
        runs.map(({ run, at }) => ({
          name: "wake",
          data: { id: run.id, generation: run.generation, number: run.number },
          opts: {
            jobId: wakeJobId(run, keeper),
            timestamp,
            delay: Math.max(0, Number(at / NS_PER_MS) - timestamp),
            attempts: 1,
          },
        })),
      );
    },
    get connected() {
      return connection.status === "ready" && producing.status === "ready";
    },
    async close() {
      await Promise.allSettled([worker.close(true), queue.close()]);
      blocking.disconnect();
      producing.disconnect();
    },
  };
}
