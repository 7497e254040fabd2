import assert from "node:assert/strict";
import { NS_PER_S } from "@chronoledger/core";
import { encodeExtras } from "../../../test/support/series.ts";
import type { SchedulerEvent } from "../watcher/decode-log.ts";
import { decodeExtras } from "./extras.ts";
import { dueNumber, livesOf } from "./history.ts";
import { notAfterOf, notBeforeOf } from "./run.ts";
import { sampleRun } from "./sample-run.ts";

const { id, schedule, data } = sampleRun();
const EXTRAS = encodeExtras({ interval: 60n * NS_PER_S, count: 4 });
let block = 0;
const place = () =>
  ({ id, blockNumber: ++block, blockHash: `0x${"77".repeat(32)}`, logIndex: 0, transaction: id }) as const;
const scheduled = (extras: typeof EXTRAS | null = EXTRAS): SchedulerEvent => ({
  ...place(),
  kind: "scheduled",
  schedule,
  extras,
  data,
});
const execution = { keeper: schedule.owner, success: true, reward: 1n, reason: null };
const advanced = (next: number): SchedulerEvent => ({ ...place(), kind: "advanced", next, ...execution });
const executed = (): SchedulerEvent => ({ ...place(), kind: "executed", ...execution });
const expired = (from: number, to: number): SchedulerEvent => ({ ...place(), kind: "expired", from, to });
const simple = (kind: "cancelled" | "sealed"): SchedulerEvent => ({ ...place(), kind });
const shapeOf = (...events: SchedulerEvent[]) =>
  livesOf(events).map(({ next, over, ends }) => ({ next, over, ends: ends.map(({ from, to }) => [from, to]) }));

describe("what the chain tells of a schedule", () => {
  it("is one life with a next run until its end", () => {
    assert.deepEqual(shapeOf(scheduled()), [{ next: 0, over: false, ends: [] }]);
    assert.deepEqual(shapeOf(scheduled(null), executed()), [{ next: 1, over: true, ends: [[0, 1]] }]);
    assert.deepEqual(shapeOf(scheduled(), advanced(1), simple("cancelled")), [
      {
        next: 1,
        over: true,
        ends: [
          [0, 1],
          [1, Number.POSITIVE_INFINITY],
        ],
      },
    ]);
  });

  it("counts the runs of a series, those that were missed and the last", () => {
    assert.deepEqual(shapeOf(scheduled(), advanced(1), expired(1, 3), executed()), [
      {
        next: 4,
        over: true,
        ends: [
          [0, 1],
          [1, 3],
          [3, 4],
        ],
      },
    ]);
  });

  it("is over when its last runs expired, and not before", () => {
    assert.equal(livesOf([scheduled(), expired(0, 3)])[0]?.over, false);
    assert.equal(livesOf([scheduled(), expired(0, 4)])[0]?.over, true);
    assert.equal(livesOf([scheduled(null), expired(0, 1)])[0]?.over, true);
  });

  it("gives the right number where runs of long ago are missing", () => {
    assert.deepEqual(shapeOf(scheduled(), advanced(3)), [{ next: 3, over: false, ends: [[2, 3]] }]);
  });

  it("takes the reveal of a sealed schedule as its terms, however often", () => {
    const sealed = simple("sealed");
    assert.equal(livesOf([sealed])[0]?.terms, undefined);
    const [life, ...others] = livesOf([sealed, scheduled(), scheduled(), advanced(1)]);
    assert.deepEqual(
      [life?.terms?.schedule, life?.terms?.extras?.count, life?.next, others.length],
      [schedule, 4, 1, 0],
    );
  });

  it("begins a new life when it is scheduled again after its end", () => {
    const lives = livesOf([scheduled(null), simple("cancelled"), scheduled(null)]);
    assert.deepEqual(
      lives.map(({ generation, over }) => [generation, over]),
      [
        [1, true],
        [2, false],
      ],
    );
  });
});

describe("the run of a series that is due", () => {
  const extras = decodeExtras(EXTRAS);
  const terms = { schedule, extras, data, scheduledBlock: 1 };
  const windowOf = (number: number) => {
    const run = sampleRun({ number, extras });
    return [notBeforeOf(run), notAfterOf(run)] as const;
  };

  it("is the next one until its window is over, then the first whose window is not", () => {
    const [, notAfter] = windowOf(0);
    assert.equal(dueNumber(terms, 0, notAfter), 0);
    assert.equal(dueNumber(terms, 0, notAfter + 1n), 1);
    for (const number of [1, 2, 3]) {
      const [from, to] = windowOf(number);
      for (const now of [from, to]) assert.equal(dueNumber(terms, 0, now), number);
    }
  });

  it("is never before the next by the scheduler's books, and never after the last", () => {
    assert.equal(dueNumber(terms, 2, 0n), 2);
    assert.equal(dueNumber(terms, 0, windowOf(3)[1] + 1n), 3);
    assert.equal(dueNumber({ ...terms, extras: null }, 0, windowOf(3)[1]), 0);
  });
});
