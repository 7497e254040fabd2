import assert from "node:assert/strict";
import { Coalesced } from "./coalesced.ts";

/** Calls that end when they are let go. */
function heldCalls() {
  const calls: { full: boolean; end: (error?: Error) => void }[] = [];
  const call = (full: boolean) =>
    new Promise<void>((resolve, reject) => {
      calls.push({ full, end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { calls, call };
}
const unexpected = (error: unknown) => assert.fail(String(error));
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("coalesced calls", () => {
  it("are made one at a time, and once more for all that came meanwhile", async () => {
    const { calls, call } = heldCalls();
    const coalesced = new Coalesced(call, unexpected);
    const first = coalesced.ask(false);
    for (const full of [true, false, true]) void coalesced.ask(full);
    assert.deepEqual(
      calls.map(({ full }) => full),
      [false],
    );
    calls[0]?.end();
    await first;
    await turn();
    assert.deepEqual(
      calls.map(({ full }) => full),
      [false, true],
    );
    calls[1]?.end();
    await turn();
    assert.equal(calls.length, 2);
  });

  it("are not made again for what did not want it in full", async () => {
    const { calls, call } = heldCalls();
    const coalesced = new Coalesced(call, unexpected);
    void coalesced.ask(true);
    const second = coalesced.ask(false);
    calls[0]?.end();
    await second;
    await turn();
    assert.equal(calls.length, 1);
  });

  it("go on after one that failed, and tell of it", async () => {
    const { calls, call } = heldCalls();
    const faults: unknown[] = [];
    const coalesced = new Coalesced(call, (error) => faults.push(error));
    const first = coalesced.ask(true);
    void coalesced.ask(true);
    calls[0]?.end(new Error("one"));
    await first;
    await turn();
    calls[1]?.end(new Error("two"));
    await turn();
    assert.deepEqual(faults.map(String), ["Error: one", "Error: two"]);
    void coalesced.ask(false);
    assert.equal(calls.length, 3);
  });
});
