import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { meterOf } from "./complexity.ts";
import { isTaken, MAX_ATTEMPTS, mayTryAgain, nextCall } from "./http-plan.ts";

describe("the next attempt of a call", () => {
  it("is in the window, later each time, and there are only so many", () => {
    holds(
      fc.property(fc.bigInt({ min: 0n, max: 3_000_000_000_000n }), (windowNs) => {
        let now = 1_000n;
        const deadline = now + windowNs;
        let attempts = 1;
        let last = 0n;
        for (
          let next = nextCall(attempts, now, deadline);
          next !== undefined;
          next = nextCall(attempts, now, deadline)
        ) {
          assert.ok(next > now && next <= deadline);
          assert.ok(next - now >= last && next - now <= 30_000_000_000n);
          last = next - now;
          now = next;
          attempts++;
        }
        assert.ok(attempts <= MAX_ATTEMPTS);
      }),
    );
  });

  it("comes after what may pass, and not after what the target decided", () => {
    for (const status of [null, 500, 502, 503, 504, 408, 425, 429])
      assert.equal(mayTryAgain(status), true, String(status));
    for (const status of [200, 204, 301, 302, 400, 401, 404, 410, 422])
      assert.equal(mayTryAgain(status), false, String(status));
  });

  it("is not needed after 2xx only", () => {
    assert.deepEqual([199, 200, 299, 300, null].map(isTaken), [false, true, true, false, false]);
  });
});

describe("the meter of a call", () => {
  it("is the complex one beyond 1,024 bytes or 500,000 gas", () => {
    const bytes = (count: number) => `0x${"00".repeat(count)}`;
    assert.equal(meterOf({ calldata: bytes(1_024), gasLimit: 500_000 }), "schedule.simple");
    assert.equal(meterOf({ calldata: bytes(1_025), gasLimit: 21_000 }), "schedule.complex");
    assert.equal(meterOf({ calldata: "0x", gasLimit: 500_001 }), "schedule.complex");
    assert.equal(meterOf({ calldata: "0x" }), "schedule.simple");
  });
});
