import { ChronoError } from "@chronoledger/core";
import { larger, smaller } from "../bigint-order.ts";
import type { ClockRule, Regime } from "../regimes/clock-rule.ts";
import { CLOCK_RULES } from "../regimes/rules-in-force.ts";
import type { AuditReport, AuditReportInput } from "./audit-report.ts";
import type { DeclaredClass } from "./report-parts.ts";

/** The rules of the declared classes within the period: more than one for a class when the act changed in it. */
export function declaredRules(input: Pick<AuditReportInput, "declared" | "fromUtcNs" | "toUtcNs">): ClockRule[] {
  return input.declared.flatMap((declared) => {
    const found = CLOCK_RULES.filter(
      (rule) =>
        rule.regime === declared.regime &&
        rule.class === declared.class &&
        rule.validFromUtcNs < input.toUtcNs &&
        (rule.validUntilUtcNs === null || rule.validUntilUtcNs > input.fromUtcNs),
    ).toSorted((a, b) => (a.validFromUtcNs < b.validFromUtcNs ? -1 : 1));
    if (found.length === 0)
      throw new ChronoError(
        "input/not-found",
        { what: "clock rule in the period", regime: declared.regime, class: declared.class },
        { remedy: "Declare a class that this regime had in the period" },
      );
    return found;
  });
}

export const declaredClasses = (rules: readonly ClockRule[], fromUtcNs: bigint, toUtcNs: bigint) =>
  rules.map(
    (rule): DeclaredClass => ({
      regime: rule.regime,
      class: rule.class,
      title: rule.title,
      divergenceLimitNs: rule.divergenceLimitNs,
      granularityNs: rule.granularityNs,
      citation: rule.limitCitation,
      fromUtcNs: larger(fromUtcNs, rule.validFromUtcNs),
      toUtcNs: rule.validUntilUtcNs === null ? toUtcNs : smaller(toUtcNs, rule.validUntilUtcNs),
    }),
  );

/**
 * The instant this many calendar years later; from 29 February to 1 March, so that nothing is thrown away a day early. Parts of
 * a second round up.
 */
export function addYears(timeUtcNs: bigint, years: number): bigint {
  const date = new Date(Number((timeUtcNs + 999_999_999n) / 1_000_000_000n) * 1_000);
  return BigInt(date.setUTCFullYear(date.getUTCFullYear() + years)) * 1_000_000n;
}

/** How long each declared regime asks for, against how long the records are kept. */
export function retentionOf(rules: readonly ClockRule[], years: number, toUtcNs: bigint): AuditReport["retention"] {
  const byRegime = new Map<Regime, ClockRule>(rules.map((rule) => [rule.regime, rule]));
  return {
    years,
    keepUntilUtcNs: addYears(toUtcNs, years),
    required: [...byRegime.values()].map(({ regime, retention }) => ({
      regime,
      years: retention.years,
      citation: retention.citation,
      met: years >= retention.years,
    })),
  };
}

/** MiFID II alone asks for a review each year. */
export function reviewOf(
  rules: readonly ClockRule[],
  { review, createdUtcNs }: Pick<AuditReportInput, "review" | "createdUtcNs">,
): AuditReport["annualReview"] {
  const citation = rules.findLast(({ regime }) => regime.startsWith("mifid"))?.traceabilityCitation ?? null;
  const dueUtcNs = review.lastReviewUtcNs === null ? null : addYears(review.lastReviewUtcNs, 1);
  return {
    ...review,
    dueUtcNs,
    overdue: citation !== null && (dueUtcNs === null || dueUtcNs < createdUtcNs),
    citation,
  };
}
