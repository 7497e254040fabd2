import { unixNs } from "@chronoledger/core";
import type { ClockRule, Regime } from "../regimes/clock-rule.ts";
import { rulesInForce } from "../regimes/rules-in-force.ts";
import type { ComplianceAnswers, ComplianceCheck, Finding, SystemAnswers, SystemVerdict } from "./check-types.ts";
import { classesOfSystem } from "./classes-of-system.ts";
import { clockFindings } from "./clock-findings.ts";
import { firmFindings } from "./firm-findings.ts";

const CAVEATS = [
  "This check goes by the answers given; it does not look at the systems. It is no legal advice.",
  "Values marked secondary are to be confirmed against the Official Journal or the rule book.",
] as const;

const NO_LIMIT = 1n << 64n;
/** The smaller divergence limit is stricter; with equal limits the finer granularity. */
const stricter = (a: ClockRule, b: ClockRule): number => {
  const [left, right] = [a.divergenceLimitNs ?? NO_LIMIT, b.divergenceLimitNs ?? NO_LIMIT];
  if (left !== right) return left < right ? -1 : 1;
  return a.granularityNs === b.granularityNs ? 0 : a.granularityNs < b.granularityNs ? -1 : 1;
};

function verdictsOf(system: SystemAnswers, answers: ComplianceAnswers, inForce: readonly ClockRule[]): SystemVerdict[] {
  const verdicts: SystemVerdict[] = [];
  for (const [regime, classes] of classesOfSystem(system, answers.jurisdictions)) {
    const rules = inForce.filter((rule) => rule.regime === regime && classes.includes(rule.class)).toSorted(stricter);
    const binding = rules[0];
    if (binding === undefined) continue;
    const findings = clockFindings(system, binding, classes);
    const clock = findings.filter(({ id }) => id === "divergence" || id === "granularity");
    verdicts.push({
      name: system.name,
      regime,
      classes: rules.map((rule) => rule.class),
      binding,
      clockGoodEnough: clock.some(({ kind }) => kind === "missing") ? false : clock.length > 0 ? null : true,
      findings,
    });
  }
  return verdicts;
}

function overall(systems: readonly SystemVerdict[], findings: readonly Finding[]): ComplianceCheck["verdict"] {
  if (systems.length === 0) return "no-rule-applies";
  const all = [...findings, ...systems.flatMap((system) => system.findings)];
  if (all.some(({ kind }) => kind === "missing")) return "falls-short";
  return all.length > 0 ? "incomplete" : "meets";
}

/**
 * Which class each system is in under each regime, whether its clock is good enough, and what is missing, each with the rule
 * and a remedy. A system that falls into several classes is held to the strictest: it has one clock.
 */
export function checkCompliance(answers: ComplianceAnswers): ComplianceCheck {
  const inForce = rulesInForce(unixNs(answers.atUtcNs));
  const systems = answers.systems.flatMap((system) => verdictsOf(system, answers, inForce));
  const firstOf = new Map<Regime, ClockRule>();
  for (const { binding } of systems) if (!firstOf.has(binding.regime)) firstOf.set(binding.regime, binding);
  const findings = [...firstOf.values()].flatMap((rule) => firmFindings(answers, rule));
  const outside = answers.systems.filter(({ name }) => !systems.some((system) => system.name === name));
  return {
    atUtcNs: answers.atUtcNs,
    verdict: overall(systems, findings),
    systems,
    findings,
    caveats: [...CAVEATS, ...outside.map(({ name }) => `No rule known here applies to ${name} as described.`)],
  };
}
