import assert from "node:assert/strict";
import { durationNs, NS_PER_MS, NS_PER_S, unixNs } from "@chronoledger/core";
import { FakeClock, type KernelClockState } from "@chronoledger/service";
import { chronySource, parseTracking } from "./chrony.ts";
import { kernelSource } from "./kernel.ts";

const START = unixNs(1_795_000_000n * NS_PER_S);
const instant = { at: durationNs(5n), machineOffset: 7n };
const KERNEL: KernelClockState = {
  maxError: durationNs(3n * NS_PER_MS),
  estimatedError: durationNs(1n),
  unsynchronised: false,
  taiMinusUtc: 37,
  leap: "none",
};
/** As chronyd 4.3 prints it: reference, stratum, time of update, offset, ..., root delay, root dispersion, interval, leap status. */
const TRACKING =
  "7F7F0101,127.0.0.1,2,1794999990.5,-0.000001700,0.000000100,0.000000200,1.5,0.001,0.02,0.000007400,0.000001600,16.0,Normal";

describe("the kernel as a source", () => {
  it("vouches for its maximum error", async () => {
    const reading = await kernelSource(new FakeClock(START, KERNEL)).read();
    assert.equal(reading.health, "synchronised");
    assert.deepEqual(reading.offset, { earliest: -3n * NS_PER_MS, latest: 3n * NS_PER_MS });
    assert.equal(reading.taiMinusUtc, 37);
  });

  it("vouches for nothing when no daemon disciplines it, and says so", async () => {
    const reading = await kernelSource(
      new FakeClock(START, { ...KERNEL, unsynchronised: true, taiMinusUtc: 0 }),
    ).read();
    assert.equal(reading.health, "unsynchronised");
    assert.equal(reading.offset, undefined);
    assert.equal(reading.taiMinusUtc, undefined, "0 means that nobody told the kernel");
  });

  it("is unavailable where it cannot be asked", async () => {
    assert.equal((await kernelSource(new FakeClock(START)).read()).health, "unavailable");
  });
});

describe("chrony as a source", () => {
  it("vouches for offset + dispersion + half the delay, rounded outward", () => {
    const reading = parseTracking(TRACKING, instant, 1_795_000_000n);
    assert.equal(reading.health, "synchronised");
    assert.deepEqual(reading.offset, { earliest: -7_000n, latest: 7_000n });
    assert.deepEqual({ at: reading.at, machineOffset: reading.machineOffset }, instant);
  });

  it("is in holdover when its reference was silent for many intervals", () => {
    assert.equal(parseTracking(TRACKING, instant, 1_795_000_100n).health, "synchronised");
    assert.equal(parseTracking(TRACKING, instant, 1_795_000_200n).health, "holdover");
  });

  it("is unsynchronised when it says so", () => {
    const reading = parseTracking(TRACKING.replace("Normal", "Not synchronised"), instant, 1_795_000_000n);
    assert.equal(reading.health, "unsynchronised");
    assert.equal(reading.offset, undefined);
  });

  for (const [what, line] of [
    ["nothing", ""],
    ["too little", "a,b,c"],
    ["words for numbers", TRACKING.replace("0.000007400", "soon")],
    ["an empty number", TRACKING.replace("0.000007400", "")],
  ] as const)
    it(`is unavailable when chronyc prints ${what}`, () => {
      assert.equal(parseTracking(line, instant, 0n).health, "unavailable");
    });

  it("is asked once in two seconds, and rarely where it is absent", async () => {
    const clock = new FakeClock(START);
    let calls = 0;
    let fails = false;
    const source = chronySource(clock, async () => {
      calls++;
      if (fails) throw new Error("chronyc is not installed");
      return TRACKING;
    });
    await source.read();
    clock.advance(NS_PER_S);
    await source.read();
    assert.equal(calls, 1);
    clock.advance(NS_PER_S);
    fails = true;
    const absent = await source.read();
    assert.deepEqual([calls, absent.health, absent.detail], [2, "unavailable", "chronyc is not installed"]);
    clock.advance(29n * NS_PER_S);
    await source.read();
    assert.equal(calls, 2);
    clock.advance(NS_PER_S);
    await source.read();
    assert.equal(calls, 3);
  });
});
