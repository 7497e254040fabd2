import assert from "node:assert/strict";
import { NS_PER_S } from "@chronoledger/core";
import { BlockCadence } from "./block-cadence.ts";

describe("the block cadence", () => {
  it("is a second until blocks tell otherwise, then follows them", () => {
    const cadence = new BlockCadence();
    assert.equal(cadence.interval, NS_PER_S);
    for (let n = 0; n < 40; n++) cadence.note({ number: n }, BigInt(n) * 2n * NS_PER_S);
    assert.ok(cadence.interval > (19n * NS_PER_S) / 10n && cadence.interval <= 2n * NS_PER_S);
  });

  it("spreads a gap over the blocks in it, and is not misled by a reorganisation", () => {
    const cadence = new BlockCadence();
    cadence.note({ number: 1 }, 0n);
    cadence.note({ number: 11 }, 10n * NS_PER_S);
    cadence.note({ number: 9 }, 30n * NS_PER_S);
    assert.equal(cadence.interval, NS_PER_S);
  });

  it("stays bounded when the chain stands still", () => {
    const cadence = new BlockCadence();
    cadence.note({ number: 1 }, 0n);
    cadence.note({ number: 2 }, 1_000_000n * NS_PER_S);
    assert.equal(cadence.interval, 30n * NS_PER_S);
  });
});
