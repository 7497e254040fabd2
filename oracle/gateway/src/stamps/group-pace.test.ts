import assert from "node:assert/strict";
import { NS_PER_MS, unixNs } from "@chronoledger/core";
import { FakeClock } from "@chronoledger/service";
import { GroupPace } from "./group-pace.ts";

describe("the pace of groups", () => {
  let clock: FakeClock;
  let pace: GroupPace;
  const pass = (ms: bigint) => clock.advance(ms * NS_PER_MS);
  beforeEach(() => {
    clock = new FakeClock(unixNs(1n));
    pace = new GroupPace(clock);
  });

  it("sends at once while nothing is under way", () => {
    assert.equal(pace.waitMs, 0);
    const answered = pace.sent();
    pass(16n);
    answered();
    assert.equal(pace.waitMs, 0);
  });

  it("sends a second group behind the first when most of its usual time has passed", () => {
    const first = pace.sent();
    pass(16n);
    first();
    pace.sent();
    assert.equal(pace.waitMs, 10);
    pass(9n);
    assert.equal(pace.waitMs, 1);
    pass(1n);
    assert.equal(pace.waitMs, 0);
  });

  it("sends no third one until one of the two is answered", () => {
    const first = pace.sent();
    pace.sent();
    assert.equal(pace.waitMs, undefined);
    first();
    assert.notEqual(pace.waitMs, undefined);
  });

  it("follows what certifications take", () => {
    for (let i = 0; i < 60; i++) {
      const answered = pace.sent();
      pass(80n);
      answered();
    }
    pace.sent();
    assert.equal(pace.waitMs, 50);
  });
});
