import assert from "node:assert/strict";
import type { OpenDatabase } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import { openTestDatabase } from "../../../test/support/database.ts";
import { encodeExtras } from "../../../test/support/series.ts";
import { decodeExtras } from "../planner/extras.ts";
import { sampleRun } from "../planner/sample-run.ts";
import type { SchedulerEvent } from "../watcher/decode-log.ts";
import { EventStore } from "./event-store.ts";
import { RunStore } from "./run-store.ts";
import { keeperMigrations } from "./schema.ts";

const { id, schedule, data } = sampleRun();
const hashOf = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const place = (block: number) => ({
  ...{ id, blockNumber: block, blockHash: hashOf(block), logIndex: 0, transaction: hashOf(block) },
});
const execution = { keeper: schedule.owner, success: true, reward: 7n, reason: null };
const extras = encodeExtras({ interval: 60n, count: 5_000 });

describe("the keeper's tables", function () {
  this.timeout(20_000);
  let opened: OpenDatabase;
  before(async () => {
    opened = await openTestDatabase(keeperMigrations);
  });
  after(() => opened.close());

  it("give back every kind of event as it was", async () => {
    const events: SchedulerEvent[] = [
      { ...place(1), kind: "sealed" },
      { ...place(2), kind: "scheduled", schedule, extras, data },
      { ...place(3), kind: "attempted", reason: "no" },
      { ...place(4), kind: "advanced", next: 1, ...execution },
      { ...place(5), kind: "expired", from: 1, to: 3 },
      { ...place(6), kind: "underfunded", from: 3, to: 4 },
      { ...place(7), kind: "executed", ...execution, success: false, reason: "no" },
      { ...place(8), kind: "scheduled", schedule, extras: null, data },
      { ...place(9), kind: "updated", newId: hashOf(3) },
      { ...place(10), kind: "cancelled" },
    ];
    const store = new EventStore(opened.db);
    await store.append(events, { number: 10, hash: hashOf(10) });
    assert.deepEqual((await store.eventsOf([id])).get(id), events);
    await store.rewind(undefined);
  });

  it("read of a long series how it began and its newest runs", async () => {
    const store = new EventStore(opened.db);
    const runs = Array.from(
      { length: 600 },
      (_, i): SchedulerEvent => ({ ...place(i + 2), kind: "advanced", next: i + 1, ...execution }),
    );
    const first: SchedulerEvent = { ...place(1), kind: "scheduled", schedule, extras, data };
    await store.append([first, ...runs], { number: 601, hash: hashOf(601) });
    assert.deepEqual((await store.eventsOf([id])).get(id), [first, ...runs.slice(-256)]);
    await store.rewind(undefined);
  });

  it("keep each run of a series, and find those that may still change", async () => {
    const store = new RunStore(opened.db, ({ schedule: { notBefore } }) => notBefore as never);
    const decoded = decodeExtras(extras);
    const runs = [0, 1, 2, 3].map((number) => sampleRun({ number, extras: decoded, settled: number !== 1 }));
    await store.save(runs);
    const open = (await store.open(id)).sort((a, b) => a.number - b.number);
    assert.deepEqual(open, [runs[1], runs[3]]);
    assert.deepEqual(await store.unsettled(), [id]);
    assert.deepEqual(await store.find({ id, generation: 1, number: 2 }), runs[2]);
    assert.deepEqual([await store.latest(id), await store.latest(id, 0)], [runs[3], runs[0]]);
  });
});
