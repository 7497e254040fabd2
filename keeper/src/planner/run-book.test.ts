import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { createLogger } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import type { RunStore } from "../store/run-store.ts";
import { keyOf, type Run, type RunName } from "./run.ts";
import { RunBook } from "./run-book.ts";
import { sampleRun } from "./sample-run.ts";

const quiet = createLogger("test", { write: () => undefined });

/** Keeps runs in memory, counts statements, and fails on demand. */
class FakeStore implements Pick<RunStore, "save" | "find" | "open" | "byTransaction"> {
  rows = new Map<string, Run>();
  statements = 0;
  failures = 0;
  save = async (runs: readonly Run[]): Promise<void> => {
    if (this.failures-- > 0) throw new Error("the disk is full");
    this.statements++;
    for (const run of runs) this.rows.set(keyOf(run), run);
  };
  find = async (name: RunName): Promise<Run | undefined> => this.rows.get(keyOf(name));
  open = async (id: Hex): Promise<Run[]> => [...this.rows.values()].filter((run) => run.id === id);
  byTransaction = async (transactionId: string): Promise<Run | undefined> =>
    [...this.rows.values()].find((run) => run.transactionId === transactionId);
}

describe("the book of runs", () => {
  let store: FakeStore;
  let book: RunBook;
  let now: bigint;
  beforeEach(() => {
    store = new FakeStore();
    now = 1_000n;
    book = new RunBook(store as unknown as RunStore, () => unixNs(now++), quiet);
  });

  it("writes what changed in one turn in one statement", async () => {
    const runs = Array.from({ length: 100 }, (_, i) => sampleRun({ id: `0x${String(i).padStart(64, "0")}` }));
    for (const run of runs) book.add(run);
    for (const run of runs) book.apply(run, "arm");
    await book.flush();
    assert.equal(store.statements, 1);
    assert.ok([...store.rows.values()].every(({ state }) => state === "armed"));
  });

  it("keeps the story of a run, each step with its time", async () => {
    const run = sampleRun();
    book.add(run);
    book.apply(book.note(run, {}, { name: "woken", time: unixNs(7n) }), "arm");
    await book.flush();
    const steps = store.rows.get(keyOf(run))?.timeline.map(({ step }) => step);
    assert.deepEqual(steps, ["planned", "woken", "armed"]);
  });

  it("tries again until the database takes it, with what is newest by then", async () => {
    const run = sampleRun();
    store.failures = 2;
    book.add(run);
    const armed = book.apply(run, "arm");
    book.apply(armed, "sign", { transactionId: "t" });
    await book.flush();
    assert.equal(store.rows.get(keyOf(run))?.state, "signed");
  });

  it("forgets what waits or is settled, and finds it again", async () => {
    const run = sampleRun();
    book.add(run);
    await book.flush();
    assert.equal(book.get(run), undefined);
    assert.equal((await book.load(run))?.id, run.id);
    const signed = book.apply(book.apply(run, "arm"), "sign", { transactionId: "t" });
    await book.flush();
    assert.equal(book.get(run), signed);
    assert.equal(await book.byTransaction("t"), signed);
  });

  it("keeps the runs of one schedule apart", async () => {
    const [first, second] = [sampleRun(), sampleRun({ number: 1 })];
    book.add(first);
    await book.flush();
    book.add(second);
    book.apply(second, "arm");
    const states = async () => (await book.ofSchedule(first.id)).map(({ number, state }) => [number, state]);
    assert.deepEqual(await states(), [
      [0, "planned"],
      [1, "armed"],
    ]);
    book.apply(first, "include");
    await book.flush();
    assert.deepEqual(await states(), [
      [0, "included"],
      [1, "armed"],
    ]);
  });

  it("does not mistake an older transaction for the run's own", async () => {
    const run = sampleRun();
    const signed = book.apply(book.apply(run, "arm"), "sign", { transactionId: "old" });
    book.note(signed, { transactionId: "new" });
    assert.equal(await book.byTransaction("old"), undefined);
    assert.equal((await book.byTransaction("new"))?.id, run.id);
  });
});
