import assert from "node:assert/strict";
import { NS_PER_S, unixNs } from "@chronoledger/core";
import { createLogger } from "@chronoledger/service";
import type { Head, Hex } from "@chronoledger/txm";
import { encodeExtras } from "../../../test/support/series.ts";
import type { KeeperContext } from "../context.ts";
import type { RunStore } from "../store/run-store.ts";
import type { SchedulerEvent } from "../watcher/decode-log.ts";
import { ON_REVERT } from "./extras.ts";
import { Reconciler } from "./reconciler.ts";
import { keyOf, type Run, type RunName } from "./run.ts";
import { RunBook } from "./run-book.ts";
import { RunTransactions } from "./run-transactions.ts";
import { sampleRun } from "./sample-run.ts";

const { id, schedule, data } = sampleRun();
const INTERVAL = 60n * NS_PER_S;
const KEEPER = `0x${"cc".repeat(20)}` as const;
const quiet = createLogger("test", { write: () => undefined });
const hashOf = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const extras = encodeExtras({ interval: INTERVAL, count: 4, onRevert: ON_REVERT.retry });
const START = schedule.notBefore / NS_PER_S;

const headAt = (timestamp: bigint): Head => ({
  number: 99,
  hash: hashOf(99),
  parentHash: hashOf(98),
  timestamp,
  baseFeePerGas: 1n,
});
const place = (block: number) => ({
  id,
  blockNumber: block,
  blockHash: hashOf(block),
  logIndex: 0,
  transaction: hashOf(block),
});
const scheduled: SchedulerEvent = { ...place(1), kind: "scheduled", schedule, extras, data };
const advanced = (block: number, next: number): SchedulerEvent => ({
  ...place(block),
  kind: "advanced",
  next,
  ...{ keeper: KEEPER, success: true, reward: 1n, reason: null },
});
const attempted = (block: number): SchedulerEvent => ({ ...place(block), kind: "attempted", reason: "no" });

describe("what the chain says becomes of the runs of a series", () => {
  let history: SchedulerEvent[];
  let book: RunBook;
  let reconciler: Reconciler;
  let planned: string[];
  let rows: Map<string, Run>;
  beforeEach(() => {
    history = [];
    planned = [];
    rows = new Map();
    const store = {
      save: async (runs: readonly Run[]) => void runs.forEach((run) => void rows.set(keyOf(run), run)),
      find: async (name: RunName) => rows.get(keyOf(name)),
      open: async () => [...rows.values()],
      byTransaction: async () => undefined,
    } as unknown as RunStore;
    const clock = { utcNow: () => unixNs(START * NS_PER_S) };
    book = new RunBook(store, clock.utcNow, quiet);
    const context = {
      ...{ clock, log: quiet, book, store },
      chain: { blockByNumber: async (number: number) => ({ ...headAt(START + BigInt(number)), number }) },
      txm: { address: KEEPER, get: () => undefined },
      events: { eventsOf: async () => new Map([[id, history]]) },
    } as unknown as KeeperContext;
    reconciler = new Reconciler({
      ...context,
      transactions: new RunTransactions(context),
      withdraw: async () => true,
      forget: () => undefined,
      onPlanned: (runs) => void planned.push(...runs.map(({ number }) => String(number))),
    });
  });

  const after = async (events: SchedulerEvent[], head = headAt(START)): Promise<string[]> => {
    history = events;
    planned = [];
    await reconciler.schedules([id], head);
    return states();
  };
  const states = async (): Promise<string[]> => {
    await book.flush();
    const runs = [...rows.values()].sort((a, b) => a.number - b.number);
    return runs.map(({ number, state }) => `${number} ${state}`);
  };

  it("plans one run at a time, and the next when the chain went on", async () => {
    assert.deepEqual(await after([scheduled]), ["0 planned"]);
    assert.deepEqual(planned, ["0"]);
    assert.deepEqual(await after([scheduled, advanced(2, 1)]), ["0 included", "1 planned"]);
    assert.deepEqual(planned, ["1"]);
  });

  it("changes nothing when it is done again", async () => {
    await after([scheduled, advanced(2, 1)]);
    const before = [...rows.values()];
    await after([scheduled, advanced(2, 1)]);
    assert.deepEqual([...rows.values()], before);
  });

  it("goes back with a reorganisation and on again with the new chain", async () => {
    await after([scheduled, advanced(2, 1)]);
    assert.deepEqual(await after([scheduled]), ["0 planned", "1 in-doubt"]);
    assert.deepEqual(planned, ["0"]);
    assert.deepEqual(await after([scheduled, advanced(3, 1)]), ["0 included", "1 planned"]);
    assert.equal(rows.get(keyOf({ id, generation: 1, number: 0 }))?.end?.blockNumber, 3);
  });

  it("gives up a run whose window is over and plans the one that is due, once", async () => {
    await after([scheduled]);
    planned = [];
    const late = headAt(START + 2n * (INTERVAL / NS_PER_S) + 1n);
    await reconciler.overdue([...rows.values()], late, () => "expired");
    assert.deepEqual(await states(), ["0 expired", "2 planned"]);
    assert.deepEqual(planned, ["2"]);
    assert.deepEqual(await after([scheduled], late), ["0 expired", "2 planned"]);
    assert.deepEqual(await after([scheduled, advanced(5, 3)], late), ["0 expired", "2 included", "3 planned"]);
  });

  it("keeps records of what others ran while nobody looked", async () => {
    const all = [scheduled, advanced(2, 1), advanced(3, 2), { ...advanced(4, 3), kind: "executed" as const }];
    assert.deepEqual(await after(all as SchedulerEvent[]), ["0 included", "1 included", "2 included"]);
    assert.deepEqual(planned, []);
  });

  it("plans a run anew when its transaction made the target revert, and counts that once", async () => {
    await after([scheduled]);
    const [run] = [...rows.values()];
    book.apply(book.apply(run as Run, "arm"), "sign", { transactionId: "t", transaction: hashOf(2) });
    assert.deepEqual(await after([scheduled, attempted(2)]), ["0 planned"]);
    assert.deepEqual(await after([scheduled, attempted(2)]), ["0 planned"]);
    const [tried] = [...rows.values()];
    assert.deepEqual([tried?.attempt, tried?.transactionId, tried?.reason], [1, null, "the target reverted: no"]);
  });
});
