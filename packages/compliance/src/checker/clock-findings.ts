import { NS_PER_MS } from "@chronoledger/core";
import type { ClockRule } from "../regimes/clock-rule.ts";
import type { Finding, SystemAnswers } from "./check-types.ts";

/** Compares one value with what a rule asks; null is an answer not given. */
function finding(
  rule: ClockRule,
  id: Finding["id"],
  kind: Finding["kind"],
  text: string,
  remedy: string,
  citation = rule.limitCitation,
): Finding {
  return { id, kind, regime: rule.regime, text, remedy, citation };
}

function divergenceFinding(system: SystemAnswers, rule: ClockRule): Finding | undefined {
  const limit = rule.divergenceLimitNs;
  if (limit === null) return undefined;
  if (system.maxDivergenceNs === null)
    return finding(
      rule,
      "divergence",
      "unknown",
      `The largest divergence of the clock from UTC is not known; the limit is ${limit} ns.`,
      "Measure it against a traceable reference, and count the uncertainty of the measurement in",
    );
  if (system.maxDivergenceNs <= limit) return undefined;
  return finding(
    rule,
    "divergence",
    "missing",
    `The clock may diverge by ${system.maxDivergenceNs} ns from UTC; the limit is ${limit} ns.`,
    "Discipline the clock more closely, or take the time of the event from an attested stamp within the limit",
  );
}

function granularityFinding(system: SystemAnswers, rule: ClockRule): Finding | undefined {
  if (system.granularityNs === null)
    return finding(
      rule,
      "granularity",
      "unknown",
      `The granularity of the recorded times is not known; ${rule.granularityNs} ns or finer is asked for.`,
      "Look at the fraction digits of the recorded times, and at what the clock really resolves",
    );
  if (system.granularityNs <= rule.granularityNs) return undefined;
  return finding(
    rule,
    "granularity",
    "missing",
    `Times are recorded to ${system.granularityNs} ns; ${rule.granularityNs} ns or finer is asked for.`,
    `Record at least ${rule.digits} fraction digits, from a clock that resolves them`,
  );
}

/** What is missing of one system under one rule. */
export function clockFindings(system: SystemAnswers, rule: ClockRule, classes: readonly string[]): Finding[] {
  const found = [divergenceFinding(system, rule), granularityFinding(system, rule)];
  if (classes.some((name) => /^(venue|si)-/.test(name)) && system.gatewayLatencyP99Ns === null)
    found.push(
      finding(
        rule,
        "gateway-latency",
        "unknown",
        `The gateway-to-gateway latency is not known, so the stricter class is assumed.`,
        `Measure it at the 99th percentile: above ${NS_PER_MS} ns the limits are wider`,
      ),
    );
  if (rule.regime.startsWith("mifid") && system.stampingPointIdentified !== true)
    found.push(
      finding(
        rule,
        "stamping-point",
        system.stampingPointIdentified === null ? "unknown" : "missing",
        "The exact point where the time is applied is not identified.",
        "Name the point, show that it stays the same, and write both into the record of traceability",
        rule.traceabilityCitation,
      ),
    );
  return found.filter((item) => item !== undefined);
}
