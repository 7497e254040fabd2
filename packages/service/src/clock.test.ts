import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { createSystemClock } from "./clock.ts";
import { FakeClock } from "./fake-clock.ts";

describe("system clock", () => {
  const clock = createSystemClock();

  it("agrees with the millisecond clock of the runtime", () => {
    const before = Date.now();
    const utc = clock.utcNow();
    const after = Date.now();
    assert.ok(
      utc >= BigInt(before - 1) * 1_000_000n && utc <= BigInt(after + 1) * 1_000_000n,
      `${before} ${utc} ${after}`,
    );
  });

  it("resolves less than a millisecond", () => {
    const distinct = new Set(Array.from({ length: 200 }, () => clock.utcNow() % 1_000_000n));
    assert.ok(distinct.size > 20, `${distinct.size} values`);
  });

  it("turns the monotonic clock into UTC", () => {
    const offset = clock.utcMinusMonotonic();
    const before = clock.utcNow();
    const derived = clock.monotonicNow() + offset;
    const after = clock.utcNow();
    const slack = 5_000_000n; // a step of the scheduler between two reads
    assert.ok(derived >= before - slack && derived <= after + slack);
  });

  it("reports the kernel's own doubt where it can be asked", () => {
    const state = clock.kernelState();
    if (process.platform !== "linux") return assert.equal(state, undefined);
    assert.ok(state !== undefined && state.maxError >= 0n);
    assert.ok(state.taiMinusUtc === 0 || state.taiMinusUtc >= 37);
    if (state.maxError >= 16_000_000_000n) assert.equal(state.unsynchronised, true);
  });
});

describe("fake clock", () => {
  it("advances both times, and steps UTC alone", () => {
    const clock = new FakeClock(unixNs(1_000n));
    clock.advance(5n);
    clock.step(-100n);
    assert.equal(clock.utcNow(), 905n);
    assert.equal(clock.monotonicNow(), 5n);
    assert.equal(clock.utcMinusMonotonic(), 900n);
  });
});
