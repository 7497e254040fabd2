import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { createLogger, FakeClock } from "@chronoledger/service";
import { until } from "../../../test/support/until.ts";
import type { WakePort } from "../queue/wake-queue.ts";
import type { RunStore } from "../store/run-store.ts";
import type { Run } from "./run.ts";
import { sampleRun } from "./sample-run.ts";
import { Sweeper } from "./sweeper.ts";

const START = unixNs(1_800_000_000n * NS_PER_S);
const quiet = createLogger("test", { write: () => undefined });
const dueIn = (ms: number): Run => {
  const run = sampleRun({ id: `0x${String(ms).replace("-", "a").padStart(64, "0")}` });
  return { ...run, schedule: { ...run.schedule, notBefore: START + BigInt(ms) * NS_PER_MS } };
};

class FakeQueue implements WakePort {
  connected = true;
  failing = false;
  jobs: string[] = [];
  schedule = async (runs: readonly { run: Run; at: UnixNs }[]): Promise<void> => {
    if (this.failing) throw new Error("connection lost");
    this.jobs.push(...runs.map(({ run }) => run.id));
  };
  close = async (): Promise<void> => undefined;
}

describe("the sweeper", () => {
  let queue: FakeQueue;
  let rows: Run[];
  let woken: string[];
  let sweeper: Sweeper;
  beforeEach(() => {
    queue = new FakeQueue();
    rows = [];
    woken = [];
    const wakeAt = (run: Run) => unixNs(run.schedule.notBefore);
    const store = {
      inStates: async () => rows.filter((run) => wakeAt(run) <= START),
      wakingIn: async () => rows.filter((run) => wakeAt(run) > START),
    } as unknown as RunStore;
    sweeper = new Sweeper({
      clock: new FakeClock(START),
      log: quiet,
      store,
      queue,
      wakeAt,
      wake: async ({ id }) => void woken.push(id),
    });
  });
  afterEach(() => sweeper.stop());

  it("makes a job for what comes near, once, and none for what is far", async () => {
    rows = [dueIn(5_000), dueIn(3_600_000)];
    await sweeper.sweep();
    await sweeper.sweep();
    assert.deepEqual(queue.jobs, [rows[0]?.id]);
  });

  it("wakes by itself what is due, and what the queue did not wake in time", async () => {
    rows = [dueIn(-1), dueIn(20)];
    await sweeper.sweep();
    await until("both are woken", () => woken.length === 2);
    assert.deepEqual(
      woken,
      rows.map(({ id }) => id),
    );
  });

  it("does not wake again what the queue has woken", async () => {
    const [first, second] = [dueIn(5), dueIn(30)];
    rows = [first, second];
    await sweeper.sweep();
    sweeper.woken(first);
    await until("the second is woken", () => woken.length === 1);
    assert.deepEqual(woken, [second.id]);
  });

  it("makes the jobs later when the queue fails or is away", async () => {
    rows = [dueIn(5_000)];
    queue.failing = true;
    await sweeper.sweep();
    queue.failing = false;
    queue.connected = false;
    await sweeper.sweep();
    assert.deepEqual(queue.jobs, []);
    queue.connected = true;
    await sweeper.sweep();
    assert.equal(queue.jobs.length, 1);
  });
});
