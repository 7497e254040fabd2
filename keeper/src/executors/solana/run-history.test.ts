import assert from "node:assert/strict";
import { isChronoError, unixNs } from "@chronoledger/core";
import { RunHistory } from "./run-history.ts";
import { taskRunRecord } from "./task-run.ts";

const seen = (address: string, number: number) => ({
  ...{ address, number, clock: "chain" as const, plannedSlot: 1 },
  notBefore: unixNs(BigInt(number) * 100n),
  notAfter: unixNs(BigInt(number) * 100n + 10n),
});

describe("runs in memory", () => {
  const open = (most = 10) => new RunHistory(() => unixNs(5n), most);

  it("are found by task and number, and listed newest deadline first", () => {
    const history = open();
    for (const number of [2, 0, 11]) history.begin(seen("a", number));
    history.begin(seen("b", 1));
    assert.equal(history.get("a", 2)?.number, 2);
    assert.deepEqual(
      history.of("a").map(({ number }) => number),
      [0, 2, 11],
    );
    assert.deepEqual(
      history.newest(3).map(({ address, number }) => address + number),
      ["a11", "a2", "b1"],
    );
    assert.deepEqual(history.of("c"), []);
  });

  it("go from state to state along the run's machine only", () => {
    const history = open();
    const run = history.begin(seen("a", 0));
    history.apply(run, "arm", { reason: "why" });
    assert.equal(history.get("a", 0)?.state, "armed");
    assert.equal(history.get("a", 0)?.reason, "why");
    assert.throws(
      () => history.apply(run, "finalise"),
      (error) => isChronoError(error) && error.code === "internal/unexpected",
    );
    assert.deepEqual(
      history.get("a", 0)?.timeline.map(({ step }) => step),
      ["planned", "armed"],
    );
  });

  it("are forgotten when they have ended and enough ended after them; open ones never", () => {
    const history = open(2);
    history.begin(seen("open", 0));
    for (const number of [0, 1, 2, 3]) history.apply(history.begin(seen("a", number)), "expire");
    assert.deepEqual(
      history.of("a").map(({ number }) => number),
      [2, 3],
    );
    assert.equal(history.of("open").length, 1);
    history.apply(history.apply(history.get("a", 2) as never, "reorganise"), "defer");
    for (const number of [4, 5, 6]) history.apply(history.begin(seen("a", number)), "expire");
    assert.deepEqual(
      history.of("a").map(({ number }) => number),
      [2, 5, 6],
    );
    assert.equal([...history.all()].length, 4);
  });

  it("keep a bounded timeline", () => {
    const history = open();
    const run = history.begin(seen("a", 0));
    for (let i = 0; i < 100; i++) history.apply(history.apply(run, "arm"), "defer");
    assert.equal(history.get("a", 0)?.timeline.length, 64);
  });

  it("are stated as the keepers of other chains do", () => {
    const history = open();
    const run = history.begin({ ...seen("a", 1), notBefore: unixNs(1_500_000_000n) });
    const ended = history.apply(run, "include", {
      end: { slot: 9, unixSeconds: 2n },
      sentAt: unixNs(1_400_000_000n),
      outcome: "executed",
    });
    const record = taskRunRecord(ended);
    assert.equal(record.blockLatenessNs, 500_000_000n);
    assert.equal(record.sendLatenessNs, -100_000_000n);
    assert.equal(record.blockNumber, 9);
    assert.equal(record.blockTimestamp, 2);
    assert.equal(record.clock, "block");
    assert.equal(taskRunRecord({ ...ended, clock: "attested" }).clock, "attested");
    assert.equal(taskRunRecord({ ...ended, end: { slot: 9, unixSeconds: null } }).blockLatenessNs, null);
  });
});
