import assert from "node:assert/strict";
import { createSystemClock, FakeClock } from "@chronoledger/service";
import { waitUntil } from "./precise-wait.ts";

const MS = 1_000_000n;
const never = new AbortController().signal;

describe("a wait for an instant", () => {
  it("never ends before it", async () => {
    const clock = createSystemClock();
    for (const ahead of [0n, 1n, MS, 3n * MS, 22n * MS, 47n * MS]) {
      const instant = clock.utcNow() + ahead;
      await waitUntil(clock, instant, never);
      assert.ok(clock.utcNow() >= instant);
    }
  });

  it("follows a clock that is set back and forth", async () => {
    const clock = new FakeClock(createSystemClock().utcNow());
    let over = false;
    const waiting = waitUntil(clock, clock.utcNow() + 10n * MS, never).then(() => {
      over = true;
    });
    clock.advance(9n * MS);
    clock.step(-100n * MS);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(over, false);
    clock.advance(101n * MS);
    await waiting;
  });

  it("ends at once when it is not wanted any more", async () => {
    const clock = new FakeClock(createSystemClock().utcNow());
    const stop = new AbortController();
    const waiting = waitUntil(clock, clock.utcNow() + 3_600_000n * MS, stop.signal);
    stop.abort();
    await waiting;
  });
});
