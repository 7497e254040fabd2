import assert from "node:assert/strict";
import { assessChain, type ChainHop, TraceabilityChain } from "./traceability-chain.ts";

const receiver: ChainHop = {
  clock: "node clock",
  reference: "receiver",
  method: "1PPS",
  uncertaintyNs: 400n,
  evidence: "R-1",
};
const laboratory: ChainHop = {
  clock: "receiver",
  reference: "UTC(PTB)",
  method: "common view",
  uncertaintyNs: 60n,
  evidence: "C-1",
};

describe("a traceability chain", () => {
  it("ends at UTC(k) when every hop has evidence and meets the next", () => {
    assert.deepEqual(assessChain([receiver, laboratory], false), {
      label: "UTC(PTB)",
      laboratory: "PTB",
      totalUncertaintyNs: 460n,
      gaps: [],
    });
  });

  for (const [why, chain, test, gap] of [
    ["the test flag is set", [receiver, laboratory], true, /test flag/],
    ["it has no hop", [], false, /No comparison/],
    ["a hop has no evidence", [{ ...receiver, evidence: null }, laboratory], false, /No evidence for .*node clock/],
    ["two hops do not meet", [receiver, { ...laboratory, clock: "other" }], false, /breaks between receiver and other/],
    ["it ends at a satellite system", [receiver], false, /ends at receiver/],
    ["it ends at a label like UTC(k)", [{ ...laboratory, reference: "UTC(PTB) via web" }], false, /ends at/],
    ["it ends at our own label", [{ ...laboratory, reference: "UTC(CHRONO)" }], false, /ends at UTC\(CHRONO\)/],
  ] as const)
    it(`does not end at UTC(k) when ${why}`, () => {
      const found = assessChain([...chain], test);
      assert.deepEqual([found.label, found.laboratory], ["UTC(CHRONO)", null]);
      assert.equal(found.gaps.filter((text) => gap.test(text)).length, 1);
    });

  it("is refused on the wire with control characters, unknown fields or numbers for nanoseconds", () => {
    const wire = TraceabilityChain.encode([receiver]);
    assert.equal(TraceabilityChain.safeDecode(wire).success, true);
    for (const change of [{ clock: "a\nb" }, { extra: 1 }, { uncertaintyNs: 400 }, { evidence: "" }])
      assert.equal(TraceabilityChain.safeParse([{ ...wire[0], ...change }]).success, false);
  });
});
