import assert from "node:assert/strict";
import { durationNs, NS_PER_MS } from "@chronoledger/core";
import { BatchPace } from "./batch-pace.ts";

const ms = (value: number) => durationNs(BigInt(value) * NS_PER_MS);

describe("pace of batches", () => {
  it("lets the first batch go at once", () => {
    assert.equal(new BatchPace().readyAt, 0n);
  });

  it("pauses for a quarter of what a round takes, 2 ms at least and 50 ms at most", () => {
    for (const [took, pause] of [
      [0, 2],
      [8, 2],
      [12, 3],
      [200, 50],
      [10_000, 50],
    ] as const) {
      const pace = new BatchPace();
      pace.ended(ms(1_000), ms(took));
      assert.equal(pace.pause, ms(pause), `${took} ms`);
      assert.equal(pace.readyAt, ms(1_000 + pause));
    }
  });

  it("follows what rounds take slowly: one that was slow says little", () => {
    const pace = new BatchPace();
    pace.ended(ms(1), ms(40));
    pace.ended(ms(2), ms(120));
    assert.equal(pace.pause, durationNs((50n * NS_PER_MS) / 4n));
    for (let i = 0; i < 100; i++) pace.ended(ms(3), ms(120));
    assert.ok(pace.pause > ms(29) && pace.pause <= ms(30));
  });

  it("pauses after a failure too, and learns nothing from it", () => {
    const pace = new BatchPace();
    pace.ended(ms(1), ms(40));
    pace.ended(ms(9), undefined);
    assert.equal(pace.readyAt, ms(19));
  });
});
