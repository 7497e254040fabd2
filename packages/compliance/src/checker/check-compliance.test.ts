import assert from "node:assert/strict";
import { parseIso8601 } from "../formats/iso8601-time.ts";
import { checkCompliance } from "./check-compliance.ts";
import {
  type Activity,
  type ComplianceAnswers,
  ComplianceCheck,
  type Role,
  type SystemAnswers,
} from "./check-types.ts";

const good: SystemAnswers = {
  name: "Order gateway",
  roles: ["venue-member"],
  activities: ["hft"],
  gatewayLatencyP99Ns: 400_000n,
  maxDivergenceNs: 20_000n,
  granularityNs: 1n,
  stampingPointIdentified: true,
};
const firm: ComplianceAnswers = {
  atUtcNs: parseIso8601("2026-07-15T00:00:00Z").timeUtcNs,
  jurisdictions: ["EU"],
  systems: [good],
  traceability: "documented-chain",
  satellite: "offset-removed",
  monitoring: "continuous",
  businessDaySync: true,
  monthsSinceReview: 12,
  retentionYears: 5,
  easilyAccessibleYears: 2,
};
const check = (system: Partial<SystemAnswers> = {}, rest: Partial<ComplianceAnswers> = {}) =>
  checkCompliance({ ...firm, systems: [{ ...good, ...system }], ...rest });

const CLASSES: readonly (readonly [Role, Activity[], bigint | null, "EU" | "UK" | "US", string | undefined])[] = [
  ["trading-venue", [], 1_000_001n, "EU", "venue-slow"],
  ["trading-venue", [], 1_000_000n, "EU", "venue-fast"],
  ["trading-venue", [], null, "EU", "venue-fast"],
  ["trading-venue", ["voice"], null, "EU", "voice"],
  ["systematic-internaliser", [], 2_000_000n, "EU", "si-slow"],
  ["systematic-internaliser", [], 1n, "EU", "si-fast"],
  ["systematic-internaliser", ["negotiated"], 1n, "EU", "voice"],
  ["systematic-internaliser", [], 1n, "UK", undefined],
  ["venue-member", ["hft", "voice", "other-trading"], null, "EU", "hft"],
  ["venue-member", ["voice"], null, "UK", "voice"],
  ["venue-member", ["human-rfq"], null, "EU", "voice"],
  ["venue-member", ["negotiated"], null, "EU", "voice"],
  ["venue-member", ["negotiated", "other-trading"], null, "UK", "other"],
  ["venue-member", [], null, "EU", "other"],
  ["dpe", [], null, "EU", "dpe"],
  ["apa", [], null, "EU", "apa"],
  ["ctp", [], null, "EU", "ctp"],
  ["ctp", [], null, "UK", undefined],
  ["cat-industry-member", [], null, "US", "cat-industry-member"],
  ["cat-industry-member", ["manual-orders"], null, "US", "cat-manual"],
  ["cat-industry-member", ["manual-orders", "other-trading"], null, "US", "cat-industry-member"],
  ["cat-participant", [], null, "US", "cat-participant"],
  ["cat-participant", ["manual-orders"], null, "US", "cat-manual"],
  ["sft-counterparty", [], null, "EU", "reporting"],
  ["derivative-counterparty", [], null, "EU", "reporting"],
  ["venue-member", ["hft"], null, "US", undefined],
];

describe("compliance checker: class of a system", () => {
  for (const [role, activities, gatewayLatencyP99Ns, jurisdiction, expected] of CLASSES)
    it(`${role} (${activities.join(", ") || "no activity"}, latency ${gatewayLatencyP99Ns}) in the ${jurisdiction} is ${expected}`, () => {
      const result = check({ roles: [role], activities, gatewayLatencyP99Ns }, { jurisdictions: [jurisdiction] });
      assert.equal(result.systems[0]?.binding.class, expected);
      if (expected === undefined) {
        assert.equal(result.verdict, "no-rule-applies");
        assert.match(result.caveats.at(-1) ?? "", /No rule known here applies to Order gateway/);
      }
    });

  it("is judged under each regime by itself, and by the act in force at the time", () => {
    const everywhere = check({ roles: ["venue-member", "cat-industry-member"] }, { jurisdictions: ["EU", "UK", "US"] });
    assert.deepEqual(
      everywhere.systems.map(({ regime, binding }) => [regime, binding.granularityNs]),
      [
        ["mifid-eu", 100n],
        ["mifid-uk", 1_000n],
        ["cat", 1_000_000n],
      ],
    );
    const earlier = check({}, { atUtcNs: parseIso8601("2026-03-01T23:59:59Z").timeUtcNs });
    assert.equal(earlier.systems[0]?.binding.granularityNs, 1_000n);
  });

  it("is the strictest of all that its one clock serves", () => {
    const [system] = check({ roles: ["venue-member", "dpe"], activities: ["voice", "hft"] }).systems;
    assert.deepEqual(system?.classes, ["hft", "dpe", "voice"]);
  });
});

describe("compliance checker: what is missing", () => {
  it("is nothing when all is in place", () => {
    const result = check();
    assert.deepEqual([result.verdict, result.findings, result.systems[0]?.findings], ["meets", [], []]);
    assert.equal(result.systems[0]?.clockGoodEnough, true);
  });

  const us = { jurisdictions: ["US" as const] };
  const cat: Partial<SystemAnswers> = { roles: ["cat-industry-member"] };
  const venue: Partial<SystemAnswers> = { roles: ["trading-venue"], activities: [] };
  const MISSING: readonly (readonly [
    string,
    "missing" | "unknown",
    Partial<SystemAnswers>,
    Partial<ComplianceAnswers>,
  ])[] = [
    ["divergence", "missing", { maxDivergenceNs: 100_001n }, {}],
    ["divergence", "unknown", { maxDivergenceNs: null }, {}],
    ["granularity", "missing", { granularityNs: 101n }, {}],
    ["granularity", "unknown", { granularityNs: null }, {}],
    ["gateway-latency", "unknown", { ...venue, gatewayLatencyP99Ns: null }, {}],
    ["stamping-point", "missing", { stampingPointIdentified: false }, {}],
    ["stamping-point", "unknown", { stampingPointIdentified: null }, {}],
    ["traceability", "missing", {}, { traceability: "device-only" }],
    ["traceability", "missing", {}, { traceability: "none" }],
    ["traceability", "unknown", {}, { traceability: null }],
    ["traceability", "missing", cat, { ...us, traceability: "device-only" }],
    ["satellite-offset", "missing", {}, { satellite: "offset-not-removed" }],
    ["satellite-offset", "unknown", {}, { satellite: null }],
    ["monitoring", "missing", {}, { monitoring: "none" }],
    ["monitoring", "unknown", {}, { monitoring: null }],
    ["business-day-sync", "missing", cat, { ...us, businessDaySync: false }],
    ["business-day-sync", "unknown", cat, { ...us, businessDaySync: null }],
    ["annual-review", "missing", {}, { monthsSinceReview: 13 }],
    ["annual-review", "unknown", {}, { monthsSinceReview: null }],
    ["retention", "missing", {}, { retentionYears: 4 }],
    ["retention", "unknown", {}, { retentionYears: null }],
    ["easy-access", "missing", cat, { ...us, easilyAccessibleYears: 1 }],
    ["easy-access", "unknown", cat, { ...us, easilyAccessibleYears: null }],
  ];
  for (const [id, kind, system, rest] of MISSING)
    it(`names ${id} as ${kind}, with a rule and a remedy: ${Object.keys({ ...system, ...rest }).join(", ")}`, () => {
      const result = check(system, rest);
      const found = [...result.findings, ...result.systems.flatMap(({ findings }) => findings)];
      assert.deepEqual(
        found.map((item) => [item.id, item.kind]),
        [[id, kind]],
      );
      assert.ok(found.every(({ remedy, citation }) => remedy.length > 10 && citation.article.length > 0));
      assert.equal(result.verdict, kind === "missing" ? "falls-short" : "incomplete");
      const clock = id === "divergence" || id === "granularity" ? (kind === "missing" ? false : null) : true;
      assert.equal(result.systems[0]?.clockGoodEnough, clock);
    });

  it("asks reporting systems neither for a divergence nor for a chain", () => {
    const result = check(
      { roles: ["sft-counterparty"], activities: [], maxDivergenceNs: null, stampingPointIdentified: null },
      { traceability: null, satellite: null, monitoring: null, monthsSinceReview: null },
    );
    assert.equal(result.verdict, "meets");
  });

  it("crosses the wire and comes back the same", () => {
    const result = check({ maxDivergenceNs: null }, { jurisdictions: ["EU", "UK"] });
    assert.deepEqual(ComplianceCheck.decode(JSON.parse(JSON.stringify(ComplianceCheck.encode(result)))), result);
  });
});
