import assert from "node:assert/strict";
import { durationNs, NS_PER_MS } from "@chronoledger/core";
import { backOff } from "./back-off.ts";
import { AdaptiveLead } from "./lead.ts";

const ms = (n: number) => durationNs(BigInt(n) * NS_PER_MS);

describe("the adaptive lead", () => {
  it("covers the k-th fastest node, not the slowest", () => {
    const lead = new AdaptiveLead(ms(1), ms(1_000));
    lead.observe([ms(400), ms(8), ms(4), ms(2)], 3);
    assert.equal(lead.value, ms(6) + 500_000n);
  });

  it("rises at once and falls slowly", () => {
    const lead = new AdaptiveLead(ms(1), ms(1_000));
    lead.observe([ms(40)], 1);
    const high = lead.value;
    lead.observe([ms(2)], 1);
    assert.ok(lead.value < high && lead.value > high / 2n);
    for (let i = 0; i < 60; i++) lead.observe([ms(2)], 1);
    assert.ok(lead.value < ms(4));
  });

  it("stays within half of the policy's lead, and does not fall to nothing", () => {
    const lead = new AdaptiveLead(ms(5_000), ms(1_000));
    assert.equal(lead.value, ms(500));
    for (let i = 0; i < 100; i++) lead.observe([durationNs(0n)], 1);
    assert.ok(lead.value >= ms(1));
    for (let i = 0; i < 100; i++) lead.wasTooShort();
    assert.equal(lead.value, ms(500));
  });

  it("does not soon come back to what was too short", () => {
    const lead = new AdaptiveLead(ms(8), ms(1_000));
    lead.wasTooShort();
    assert.equal(lead.value, ms(16));
    for (let i = 0; i < 50; i++) lead.observe([ms(2)], 1);
    assert.ok(lead.value > ms(8), "fifty rounds later");
    for (let i = 0; i < 1_000; i++) lead.observe([ms(2)], 1);
    assert.ok(lead.value < ms(3), "a thousand rounds later");
  });

  it("learns nothing from fewer than k nodes", () => {
    const lead = new AdaptiveLead(ms(7), ms(1_000));
    lead.observe([ms(1), ms(1)], 3);
    assert.equal(lead.value, ms(7));
  });
});

describe("backing off", () => {
  it("doubles its ceiling up to two seconds, and is never nothing", () => {
    assert.deepEqual(
      [1, 2, 3].map((n) => backOff(n, 0.999999) / NS_PER_MS),
      [19n, 39n, 79n],
    );
    assert.ok(backOff(100, 0.999999) <= 2_000n * NS_PER_MS);
    assert.equal(backOff(1, 0), 2n * NS_PER_MS);
  });
});
