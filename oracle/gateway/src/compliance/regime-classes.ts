import {
  type ActivityClass,
  CLOCK_RULES,
  type ClockRule,
  type Regime as RuleRegime,
  rulesInForce,
} from "@chronoledger/compliance";
import { ChronoError, NS_PER_S, type UnixNs } from "@chronoledger/core";
import type { Regime } from "@chronoledger/core/gateway";
import { smaller } from "./bigint-order.ts";

const RULE_REGIMES = { "mifid2-eu": "mifid-eu", "mifid2-uk": "mifid-uk", cat: "cat", sftr: "sftr" } as const;

/** The regime's name in the tables of rules. */
export const ruleRegimeOf = (regime: Regime): RuleRegime => RULE_REGIMES[regime];

/** The wire's name of a class: within a regime its name need not be repeated. */
export const activityOf = (activity: ActivityClass): string => activity.replace(/^cat-/, "");

/** Where the act sets no divergence limit, a time must be right within the format's granularity to be right at all. */
export const limitOf = ({ divergenceLimitNs, granularityNs }: ClockRule): bigint => divergenceLimitNs ?? granularityNs;

/** Of classes that are equally strict, the one that a trading firm is likelier to mean. */
const PREFERRED: readonly ActivityClass[] = ["hft", "cat-participant"];

function stricter(a: ClockRule, b: ClockRule): ClockRule {
  const [limit, granularity] = [limitOf(a) - limitOf(b), a.granularityNs - b.granularityNs];
  if (limit !== 0n) return limit < 0n ? a : b;
  if (granularity !== 0n) return granularity < 0n ? a : b;
  return PREFERRED.includes(b.class) ? b : a;
}

/**
 * The rule that holds at an instant; that of the strictest class when none is named.
 * @throws input/out-of-range for a class that the regime does not have then
 */
export function ruleFor(regime: Regime, activity: string | undefined, at: UnixNs): ClockRule {
  const rules = rulesInForce(at).filter((rule) => rule.regime === ruleRegimeOf(regime));
  const found =
    activity === undefined
      ? rules.reduce<ClockRule | undefined>(
          (best, rule) => (best === undefined ? rule : stricter(best, rule)),
          undefined,
        )
      : rules.find((rule) => rule.class === activity || activityOf(rule.class) === activity);
  if (found !== undefined) return found;
  throw new ChronoError(
    "input/out-of-range",
    { regime, activity, known: rules.map((rule) => activityOf(rule.class)).join(" ") },
    { remedy: "GET /v1/compliance/regimes lists the classes and from when they hold" },
  );
}

/** The strictest limit that a class had within a period: the act may have changed in it. */
export function strictestLimit({ regime, class: name }: ClockRule, fromUtcNs: bigint, toUtcNs: bigint): bigint {
  const limits = CLOCK_RULES.filter(
    (rule) =>
      rule.regime === regime &&
      rule.class === name &&
      rule.validFromUtcNs < toUtcNs &&
      (rule.validUntilUtcNs === null || rule.validUntilUtcNs > fromUtcNs),
  ).map(limitOf);
  return limits.reduce(smaller, 3_600n * NS_PER_S);
}
