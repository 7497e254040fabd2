import assert from "node:assert/strict";
import { NS_PER_S, unixNs } from "@chronoledger/core";
import { isFirstEligible } from "./first-eligible.ts";

const block = (unixSeconds: bigint, parentUnixSeconds: bigint) => ({ unixSeconds, parentUnixSeconds, parentSlot: 7 });

describe("the first slot that can have a run", () => {
  const run = { clock: "chain" as const, notBefore: unixNs(10n * NS_PER_S) };

  it("by the chain's clock is the one whose second reaches notBefore first", () => {
    assert.equal(isFirstEligible(run, block(10n, 9n), undefined), true);
    assert.equal(isFirstEligible(run, block(12n, 9n), undefined), true);
    assert.equal(isFirstEligible(run, block(10n, 10n), undefined), false);
    assert.equal(isFirstEligible(run, block(9n, 9n), undefined), false);
    const later = { ...run, notBefore: unixNs(10n * NS_PER_S + 1n) };
    assert.equal(isFirstEligible(later, block(11n, 10n), undefined), true);
  });

  it("by attested time is the certificate's, or the one after it, with a block in it", () => {
    const attested = { ...run, clock: "attested" as const };
    assert.equal(isFirstEligible(attested, block(10n, 9n), 8), true);
    assert.equal(isFirstEligible(attested, block(10n, 9n), 7), true);
    assert.equal(isFirstEligible(attested, block(10n, 9n), 6), false);
    assert.equal(isFirstEligible(attested, block(10n, 9n), undefined), null);
  });
});
