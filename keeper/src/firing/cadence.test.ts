import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, unixNs } from "@chronoledger/core";
import { BlockCadence } from "./cadence.ts";

const S = 1_800_000_000n;
const at = (second: bigint, ms: number) => unixNs(second * NS_PER_S + BigInt(Math.round(ms * 1e6)));

/** Blocks each second, sealed `phase` ms after it. */
const everySecond = (phase: number, interval?: number): BlockCadence => {
  const cadence = new BlockCadence(interval);
  for (let i = 0; i < 6; i++)
    cadence.observe({ number: i, timestamp: S + BigInt(i), arrival: at(S + BigInt(i), phase) });
  return cadence;
};
/** Four blocks a second, stamped with the second in which they are sealed. */
const fourASecond = (phase: number): BlockCadence => {
  const cadence = new BlockCadence();
  for (let i = 0; i < 12; i++) {
    const ms = phase + i * 250;
    cadence.observe({ number: i, timestamp: S + BigInt(Math.floor(ms / 1_000)), arrival: at(S, ms) });
  }
  return cadence;
};

describe("the rhythm of a chain", () => {
  it("is unknown before three heads: only a head that is late enough opens the gate", () => {
    const cadence = new BlockCadence();
    assert.equal(cadence.opensAt(S), undefined);
    cadence.observe({ number: 1, timestamp: S, arrival: at(S, 5) });
    assert.equal(cadence.opensAt(S + 1n), undefined);
    assert.equal(cadence.opensAt(S), "now");
    assert.equal(cadence.expectedSeal(S + 1n), undefined);
  });

  it("is known at once when it is configured", () => {
    const cadence = new BlockCadence(12);
    cadence.observe({ number: 1, timestamp: S, arrival: at(S, 300) });
    assert.equal(cadence.opensAt(S + 12n), "now");
    assert.equal(cadence.opensAt(S + 13n), undefined);
    assert.equal(cadence.expectedSeal(S + 1n), at(S + 12n, 300));
    assert.equal(cadence.expectedSeal(S + 13n), at(S + 24n, 300));
  });

  it("opens the gate for the next second's block with the head of this second, not before", () => {
    const cadence = everySecond(7);
    assert.equal(cadence.leastStep, 1n);
    assert.equal(cadence.opensAt(S + 6n), "now");
    assert.equal(cadence.opensAt(S + 7n), undefined);
  });

  it("expects a block by its timestamp and the least delay that was seen", () => {
    const cadence = everySecond(7);
    cadence.observe({ number: 6, timestamp: S + 6n, arrival: at(S + 6n, 90) });
    assert.equal(cadence.expectedSeal(S + 7n), at(S + 7n, 7));
    assert.equal(cadence.expectedSeal(S + 9n), at(S + 9n, 7));
  });

  it("never trusts a configured step that the chain has shown to be smaller", () => {
    const cadence = new BlockCadence(1);
    cadence.observe({ number: 1, timestamp: S, arrival: at(S, 2) });
    cadence.observe({ number: 2, timestamp: S, arrival: at(S, 999.5) });
    cadence.observe({ number: 3, timestamp: S, arrival: at(S, 999.9) });
    assert.equal(cadence.leastStep, 0n);
    assert.equal(cadence.opensAt(S + 2n), unixNs((S + 2n) * NS_PER_S + NS_PER_MS));
  });

  it("opens by the clock where blocks share a second: with the last head before it, if the next is surely after it", () => {
    const cadence = fourASecond(180);
    // The newest head came at .930 of second S + 2; the next comes at .180 of S + 3.
    assert.equal(cadence.leastStep, 0n);
    assert.equal(cadence.opensAt(S + 3n), "now");
    assert.equal(cadence.opensAt(S + 4n), unixNs((S + 4n) * NS_PER_S + NS_PER_MS));
    assert.equal(cadence.expectedSeal(S + 3n), at(S + 3n, 180));
  });

  it("waits for the second itself when the next block comes too close after it", () => {
    const cadence = fourASecond(3);
    assert.equal(cadence.opensAt(S + 3n), unixNs((S + 3n) * NS_PER_S + NS_PER_MS));
  });

  it("keeps its rhythm when a block comes a second late and the next at once", () => {
    const cadence = everySecond(7);
    cadence.observe({ number: 6, timestamp: S + 7n, arrival: at(S + 7n, 4) });
    cadence.observe({ number: 7, timestamp: S + 7n, arrival: at(S + 7n, 8) });
    assert.equal(cadence.leastStep, 0n);
    assert.equal(cadence.opensAt(S + 8n), "now");
    assert.equal(cadence.opensAt(S + 9n), unixNs((S + 9n) * NS_PER_S + NS_PER_MS));
  });

  it("takes heads that came late for late, not for a new rhythm", () => {
    const cadence = fourASecond(180);
    cadence.observe({ number: 12, timestamp: S + 3n, arrival: at(S + 3n, 240) });
    assert.equal(cadence.expectedSeal(S + 3n), at(S + 3n, 430));
  });

  it("does not open by the clock on a chain whose blocks come long after their timestamps", () => {
    const cadence = new BlockCadence();
    for (let i = 0; i < 6; i++)
      cadence.observe({ number: i, timestamp: S + BigInt(i >> 1), arrival: at(S + BigInt(i), 5_000) });
    assert.equal(cadence.leastStep, 0n);
    assert.equal(cadence.opensAt(S + 4n), undefined);
  });

  it("forgets blocks that others took the place of, and does not learn from gaps", () => {
    const cadence = everySecond(7);
    cadence.observe({ number: 4, timestamp: S + 6n, arrival: at(S + 6n, 7) });
    assert.equal(cadence.headTimestamp, S + 6n);
    assert.equal(cadence.leastStep, 1n);
    cadence.observe({ number: 9, timestamp: S + 6n, arrival: at(S + 7n, 7) });
    assert.equal(cadence.leastStep, 1n);
  });
});
