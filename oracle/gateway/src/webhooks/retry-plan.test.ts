import assert from "node:assert/strict";
import { nextAttempt, RETRY_DELAYS_S } from "./retry-plan.ts";

describe("the plan of a delivery", () => {
  it("is the one of Standard Webhooks, and ends", () => {
    const [minute, hour] = [60, 3_600];
    assert.deepEqual(
      [...RETRY_DELAYS_S],
      [0, 5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
    );
    assert.equal(nextAttempt(1, 7n), 5_000_000_007n);
    assert.equal(nextAttempt(RETRY_DELAYS_S.length, 7n), undefined);
  });
});
