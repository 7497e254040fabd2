import { ChronoError } from "@chronoledger/core";
import type { ClockRule } from "../regimes/clock-rule.ts";
import { assessChain } from "../traceability-chain.ts";
import { type AuditReport, type AuditReportInput, REPORT_SCHEMA } from "./audit-report.ts";
import { declaredClasses, declaredRules, retentionOf, reviewOf } from "./declared-rules.ts";
import { reportedExcursions, reportStamps } from "./report-stamps.ts";
import { type Judged, noticesOf, verdictOf } from "./report-verdict.ts";

/** For a reader who has this report, its proof and nothing else. */
const STEPS = [
  "Take the JSON form of this report, not the PDF or the CSV files, which are views of it.",
  "Bring it to canonical form (RFC 8785); it is delivered in that form, so the file can be used as it is.",
  "Compute SHA-256 over its bytes. The result must equal the imprint that the PDF prints on each page.",
  "Verify the proof that came with the report against the node set whose SHA-256 is stated under network: `chrono verify PROOF FILE`. No account and no server are needed.",
  "The proof shows that the report existed before the instant of its certificate, as stated by a quorum of the nodes.",
  "Verify each listed stamp in the same way with its own proof, where proofs are included, or fetch the proof by its id.",
] as const;

const bad = (what: string, details: Record<string, string | number>, remedy: string): ChronoError =>
  new ChronoError("input/out-of-range", { what, ...details }, { remedy });

function checkInput(input: AuditReportInput, rules: readonly ClockRule[]): void {
  const { fromUtcNs, toUtcNs, statistics, stamps, stampCount } = input;
  const period = { from: String(fromUtcNs), to: String(toUtcNs) };
  if (toUtcNs <= fromUtcNs) throw bad("report period", period, "Give a period that ends after it begins");
  if (statistics.fromUtcNs !== fromUtcNs || statistics.toUtcNs !== toUtcNs)
    throw bad("period of the statistics", period, "Compute the statistics over the period of the report");
  for (const { divergenceLimitNs: limit, class: activity } of rules)
    if (limit !== null && statistics.limitNs > limit)
      throw bad(
        "limit of the statistics",
        { got: String(statistics.limitNs), need: String(limit), class: activity },
        "Hold the divergence against the strictest declared limit",
      );
  if (stamps.length > stampCount)
    throw bad("stamp count", { count: stampCount, listed: stamps.length }, "Count all stamps of the period");
  const outside = stamps.find(({ timeUtcNs }) => timeUtcNs < fromUtcNs || timeUtcNs >= toUtcNs);
  if (outside !== undefined) throw bad("stamp", { id: outside.id, ...period }, "List stamps of the period only");
}

/**
 * The audit report of a period, by computation alone: same input, same bytes.
 * @throws input/out-of-range when period, limits or counts contradict one another; input/not-found for a declared class that
 * the regime did not have in the period.
 */
export function buildAuditReport(input: AuditReportInput): AuditReport {
  const { fromUtcNs, toUtcNs, statistics } = input;
  const rules = declaredRules(input);
  checkInput(input, rules);
  const isLeap = ({ what }: { readonly what: string }) => what === "tai-minus-utc" || what === "leap-announcement";
  const judged: Judged = {
    schema: REPORT_SCHEMA,
    reportId: input.reportId,
    createdUtcNs: input.createdUtcNs,
    fromUtcNs,
    toUtcNs,
    organisation: input.organisation,
    account: input.account,
    test: statistics.testFlagSeen || input.clocks.some(({ test }) => test) || input.stamps.some(({ test }) => test),
    network: input.network,
    declared: declaredClasses(rules, fromUtcNs, toUtcNs),
    clocks: input.clocks.map((clock) => ({
      ...clock,
      // The test flag says that key or clock is not rooted in hardware, whatever the inventory claims.
      keyProtection: clock.test ? "software" : clock.keyProtection,
      assessment: assessChain(clock.chain, clock.test || statistics.testFlagSeen),
    })),
    divergence: {
      limitNs: statistics.limitNs,
      maxSpacingNs: statistics.maxSpacingNs,
      includesMeasurementUncertainty: true,
      overall: statistics.overall,
      parts: statistics.parts,
    },
    excursions: reportedExcursions(statistics.excursions, input.stamps, input.actions),
    gaps: statistics.gaps,
    holdovers: statistics.holdovers,
    leapSeconds: {
      atStart: statistics.taiMinusUtc?.first ?? null,
      atEnd: statistics.taiMinusUtc?.last ?? null,
      record: statistics.changes.filter(isLeap),
    },
    software: input.software,
    softwareChanges: input.softwareChanges,
    observedChanges: statistics.changes.filter((change) => !isLeap(change)),
    tests: input.tests,
    keyEvents: input.keyEvents,
    stamps: reportStamps(input),
    retention: retentionOf(rules, input.retentionYears, toUtcNs),
    annualReview: reviewOf(rules, input),
    verification: {
      hash: "SHA-256",
      canonicalisation: "RFC 8785",
      certificates: input.certificates,
      steps: [...STEPS],
    },
  };
  return { ...judged, notices: noticesOf(judged), verdict: verdictOf(judged) };
}
