import assert from "node:assert/strict";
import { NS_PER_MS, type UnixNs, unixNs } from "@chronoledger/core";
import { connectRedis, createLogger, createSystemClock } from "@chronoledger/service";
import type { Redis } from "ioredis";
import { type RedisServer, startRedis } from "../../../test/support/redis.ts";
import { until } from "../../../test/support/until.ts";
import type { Run } from "../planner/run.ts";
import { sampleRun } from "../planner/sample-run.ts";
import { queueName, wakeJobId } from "./names.ts";
import { createWakeQueue, type WakeJob, type WakePort } from "./wake-queue.ts";

const quiet = createLogger("test", { write: () => undefined });
const clock = createSystemClock();
const runOf = (n: number): Run => sampleRun({ id: `0x${String(n).padStart(64, "0")}` });
const inMs = (ms: number): UnixNs => unixNs(clock.utcNow() + BigInt(ms) * NS_PER_MS);

describe("the wake-up queue", function () {
  this.timeout(20_000);
  let redis: RedisServer;
  let connection: Redis;
  let queue: WakePort;
  let woken: { job: WakeJob; at: bigint }[];
  beforeEach(async () => {
    redis = await startRedis();
    connection = connectRedis(redis.url, quiet);
    woken = [];
    queue = open(0);
    await until("connected", () => queue.connected);
  });
  afterEach(async () => {
    await queue.close();
    connection.disconnect();
    await redis.stop();
  });
  const open = (keeper: number): WakePort =>
    createWakeQueue({
      ...{ connection, prefix: "test", chainId: 1, keeper, log: quiet },
      onWake: async (job) => void woken.push({ job, at: clock.utcNow() }),
    });

  it("wakes at the time or somewhat later, never before", async () => {
    const [soon, later] = [inMs(100), inMs(400)];
    await queue.schedule(
      [
        { run: runOf(1), at: later },
        { run: runOf(2), at: soon },
      ],
      clock.utcNow(),
    );
    await until("both woken", () => woken.length === 2);
    assert.deepEqual(
      woken.map(({ job }) => job.id),
      [runOf(2).id, runOf(1).id],
    );
    assert.ok((woken[0]?.at ?? 0n) >= soon - NS_PER_MS && (woken[1]?.at ?? 0n) >= later - NS_PER_MS);
  });

  it("wakes once for a run that was scheduled several times", async () => {
    for (let i = 0; i < 3; i++) await queue.schedule([{ run: runOf(1), at: inMs(150) }], clock.utcNow());
    await queue.schedule([{ run: { ...runOf(1), generation: 2 }, at: inMs(300) }], clock.utcNow());
    await until("both generations woken", () => woken.some(({ job }) => job.generation === 2));
    assert.deepEqual(
      woken.map(({ job }) => job.generation),
      [1, 2],
    );
  });

  it("wakes each keeper for itself", async () => {
    const other = open(1);
    await until("connected", () => other.connected);
    for (const each of [queue, other]) await each.schedule([{ run: runOf(1), at: inMs(50) }], clock.utcNow());
    await until("both woken", () => woken.length === 2);
    await other.close();
  });

  it("says when Redis is away, fails fast, and works again when it is back", async () => {
    await redis.stop();
    await until("the loss is noticed", () => !queue.connected);
    redis = await startRedis({ port: redis.port });
    await until("connected again", () => queue.connected);
    let added = 100;
    await until("a job passes", async () => {
      await queue.schedule([{ run: runOf(added++), at: inMs(20) }], clock.utcNow()).catch(() => undefined);
      return woken.length > 0;
    });
  });

  it("has names that BullMQ allows", () => {
    for (const name of [queueName("chrono", 31_337), wakeJobId(runOf(1), 0)]) assert.doesNotMatch(name, /:/);
  });
});
