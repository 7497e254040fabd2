import assert from "node:assert/strict";
import { assessChain } from "@chronoledger/compliance";
import type { Regime, Stamp } from "@chronoledger/core/gateway";
import { chainOf } from "./clock-inventory.ts";
import { complianceStamp, type TraceableTo } from "./compliance-stamp.ts";

const known = { uncertaintyNs: 20_000n };
const gnss = { source: "GNSS receiver", test: false };
const labelOf = (seen: typeof gnss | undefined, traceable: TraceableTo) =>
  assessChain(chainOf(3, seen, { ...known, traceable }), seen?.test ?? false).label;

describe("the chain to UTC in a report", () => {
  it("ends at NIST by the operator's declaration alone, which it names", () => {
    assert.equal(labelOf(gnss, "UTC(NIST)"), "UTC(NIST)");
    assert.match(chainOf(3, gnss, { ...known, traceable: "UTC(NIST)" })[0]?.evidence ?? "", /GATEWAY_TRACEABLE_TO/);
  });

  it("ends at the node's source without one, at no laboratory for an unnamed one, and never for a node under test", () => {
    assert.equal(labelOf(gnss, "none"), "UTC(CHRONO)");
    assert.equal(labelOf(gnss, "UTC(k)"), "UTC(CHRONO)");
    assert.equal(labelOf({ ...gnss, test: true }, "UTC(NIST)"), "UTC(CHRONO)");
    const [hop] = chainOf(3, { ...gnss, test: true }, { ...known, traceable: "UTC(NIST)" });
    assert.deepEqual([hop?.reference, hop?.evidence], ["GNSS receiver", null]);
  });

  it("is empty for a node of which nothing was seen, or that has no source", () => {
    assert.deepEqual(chainOf(3, undefined, { ...known, traceable: "UTC(NIST)" }), []);
    assert.deepEqual(chainOf(3, { ...gnss, source: "none" }, { ...known, traceable: "UTC(NIST)" }), []);
    assert.deepEqual(chainOf(3, gnss, { uncertaintyNs: null, traceable: "UTC(NIST)" }), []);
  });
});

describe("what speaks against a stamp under a regime", () => {
  const stamp = {
    timeTaiNs: 1_795_622_077_123_456_789n,
    timeUtcNs: 1_795_622_040_123_456_789n,
    taiMinusUtc: 37,
    uncertaintyNs: 20_000n,
    existedBeforeTaiNs: 1_795_622_078_000_000_000n,
    precision: "ns",
    test: false,
  } as unknown as Stamp;
  const reasons = (regime: Regime, traceable: TraceableTo, flags = 0) =>
    complianceStamp(stamp, { regime, activity: undefined, flags, traceable }).reasons;

  const cases: readonly (readonly [Regime, TraceableTo, number])[] = [
    ["mifid2-eu", "UTC(NIST)", 0],
    ["mifid2-eu", "UTC(k)", 0],
    ["mifid2-eu", "none", 1],
    ["mifid2-uk", "none", 1],
    ["cat", "UTC(NIST)", 0],
    ["cat", "UTC(k)", 1],
    ["cat", "none", 1],
    ["sftr", "none", 0],
  ];
  for (const [regime, traceable, count] of cases)
    it(`is ${count === 0 ? "nothing" : "the chain"} for ${regime} where it ends at ${traceable}`, () => {
      assert.equal(reasons(regime, traceable).length, count);
    });

  it("is the test flag of the statement, also when the leaf has none", () => {
    assert.match(reasons("mifid2-eu", "UTC(NIST)", 8).join(), /test flag/);
  });

  it("is an announced leap second that it touches: then no time is printed at all", () => {
    // 2027-01-01T00:00:00Z while an insertion is announced: it could be 23:59:60.
    const edge = { ...stamp, timeUtcNs: 1_798_761_600_000_000_000n, timeTaiNs: 1_798_761_637_000_000_000n };
    assert.throws(() => complianceStamp(edge, { regime: "sftr", activity: undefined, flags: 1, traceable: "none" }), {
      code: "input/out-of-range",
    });
  });
});
