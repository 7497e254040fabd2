import assert from "node:assert/strict";
import { NS_PER_MS, NS_PER_S, unixNs } from "@chronoledger/core";
import fc from "fast-check";
import { ChainTime } from "./chain-time.ts";

const BASE = 1_800_000_000_000n;
/** A slot that was heard of then, in milliseconds after a whole second; the chain's clock is ahead by `skew` milliseconds. */
const seen = (slot: number, ms: number, skew = 0) => ({
  slot,
  at: unixNs((BASE + BigInt(ms)) * NS_PER_MS),
  unixSeconds: (BASE + BigInt(ms) + BigInt(skew)) / 1_000n,
});
const second = (after: number) => (BASE / 1_000n + BigInt(after)) * NS_PER_S;

describe("the chain's time", () => {
  it("knows nothing before the first slot", () => {
    const time = new ChainTime(400, 30);
    assert.equal(time.newest, undefined);
    assert.equal(time.next, 0n);
    assert.equal(time.skew, 0n);
  });

  it("takes clocks to agree while slots do not contradict it", () => {
    const time = new ChainTime(400, 30);
    time.observe(seen(1, 500));
    assert.equal(time.skew, 0n);
    assert.equal(time.next, second(0));
    time.observe(seen(2, 900));
    assert.equal(time.next, second(1));
  });

  it("expects a second that begins within the guard after the next slot", () => {
    for (const [guard, expected] of [
      [30, second(1)],
      [19, second(0)],
    ] as const) {
      const time = new ChainTime(400, guard);
      time.observe(seen(1, 580));
      assert.equal(time.next, expected);
    }
  });

  it("never expects less than it saw", () => {
    const time = new ChainTime(400, 0);
    time.observe(seen(1, 100));
    time.observe({ ...seen(2, 500), unixSeconds: BASE / 1_000n + 5n });
    assert.equal(time.seen, second(5));
    assert.equal(time.next, second(5));
  });

  it("leaves out slots that it knows, and older ones", () => {
    const time = new ChainTime(400, 30);
    assert.ok(time.observe(seen(2, 500)));
    assert.ok(!time.observe(seen(2, 900)));
    assert.ok(!time.observe(seen(1, 900)));
    assert.equal(time.newest?.at, seen(2, 500).at);
  });

  it("learns how long slots are, by slots and not by news", () => {
    const time = new ChainTime(400, 30);
    for (let slot = 0; slot < 60; slot += 2) time.observe(seen(slot, slot * 500));
    assert.ok(time.interval > 490n * NS_PER_MS && time.interval <= 500n * NS_PER_MS);
    const { interval } = time;
    time.observe(seen(60, 600_000));
    assert.equal(time.interval, interval);
  });

  it("finds the difference of the clocks to a fraction of a slot, and the slot in which each second begins", () =>
    fc.assert(
      fc.property(fc.integer({ min: -5_000, max: 5_000 }), fc.integer({ min: 0, max: 399 }), (skew, phase) => {
        const time = new ChainTime(400, 0);
        for (let slot = 0; slot < 40; slot++) {
          const next = seen(slot + 1, phase + (slot + 1) * 400, skew).unixSeconds * NS_PER_S;
          time.observe(seen(slot, phase + slot * 400, skew));
          if (slot >= 10) assert.equal(time.next, next);
        }
        const error = time.skew - BigInt(skew) * NS_PER_MS;
        assert.ok(error >= -110n * NS_PER_MS && error <= 110n * NS_PER_MS, `${error}`);
      }),
    ));

  it("follows a clock that was set", () => {
    const time = new ChainTime(400, 0);
    for (let slot = 0; slot < 30; slot++) time.observe(seen(slot, slot * 400));
    for (let slot = 30; slot < 50; slot++) time.observe(seen(slot, slot * 400, 10_000));
    assert.ok(time.skew > 9_800n * NS_PER_MS && time.skew < 10_200n * NS_PER_MS);
  });
});
