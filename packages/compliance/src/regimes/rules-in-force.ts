import { ChronoError, toIso8601, type UnixNs } from "@chronoledger/core";
import { CAT_RULES } from "./cat-rules.ts";
import type { ActivityClass, ClockRule, Regime } from "./clock-rule.ts";
import { MIFID_RULES } from "./mifid-rules.ts";
import { REPORTING_RULES } from "./reporting-rules.ts";

/** Every rule that this library knows, also those of the past. */
export const CLOCK_RULES: readonly ClockRule[] = [...MIFID_RULES, ...CAT_RULES, ...REPORTING_RULES];

/** The rules in force at an instant: which act governs an event depends on when it happened. */
export const rulesInForce = (at: UnixNs): readonly ClockRule[] =>
  CLOCK_RULES.filter(
    ({ validFromUtcNs, validUntilUtcNs }) => validFromUtcNs <= at && (validUntilUtcNs === null || at < validUntilUtcNs),
  );

/** @throws input/not-found when the regime had no rule for that class at that time, such as a UK systematic internaliser. */
export function ruleInForce(regime: Regime, activity: ActivityClass, at: UnixNs): ClockRule {
  const rule = rulesInForce(at).find((candidate) => candidate.regime === regime && candidate.class === activity);
  if (rule === undefined)
    throw new ChronoError(
      "input/not-found",
      { what: "clock rule", regime, class: activity, at: toIso8601(at, 0) },
      { remedy: "Choose a class that this regime had at that time" },
    );
  return rule;
}
