import assert from "node:assert/strict";
import { NS_PER_MS } from "@chronoledger/core";
import { createSystemClock } from "@chronoledger/service";
import { waitUntil } from "./wait-until.ts";

const clock = createSystemClock();
const never = new AbortController().signal;

describe("waiting for an instant", () => {
  it("never ends before it", async () => {
    for (const ms of [0n, 1n, 3n, 7n, 30n]) {
      const target = clock.monotonicNow() + ms * NS_PER_MS + 123_456n;
      await waitUntil(() => target - clock.monotonicNow(), never);
      assert.ok(clock.monotonicNow() >= target);
    }
  });

  it("lets other work in between while it polls", async () => {
    let polls = 0;
    let turns = 0;
    let done = false;
    const other = (): void => {
      turns++;
      if (!done) setImmediate(other);
    };
    setImmediate(other);
    await waitUntil(() => (polls++ < 5 ? 100_000n : 0n), never);
    done = true;
    assert.ok(turns >= 4, `${turns} turns`);
  });

  it("asks again after each timer: an instant that comes nearer is not missed by much", async () => {
    let left = 10n * NS_PER_MS;
    await waitUntil(() => {
      left -= 9n * NS_PER_MS;
      return left;
    }, never);
  });

  it("ends with the error when the time cannot be told any more", async () => {
    const failing = () => {
      throw new Error("no time");
    };
    await assert.rejects(waitUntil(failing, never), /no time/);
  });

  it("ends when the node stops", async () => {
    const stop = new AbortController();
    const waiting = waitUntil(() => 3n * NS_PER_MS, stop.signal);
    stop.abort();
    await assert.rejects(waiting, { code: "process/failed" });
  });
});
