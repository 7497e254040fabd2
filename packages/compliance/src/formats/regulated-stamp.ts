import { type DurationNs, durationNs, taiNs, toUtc } from "@chronoledger/core";
import { larger } from "../bigint-order.ts";
import { CAT_TIME_FORMAT } from "../regimes/cat-rules.ts";
import type { ClockRule } from "../regimes/clock-rule.ts";
import { ruleInForce } from "../regimes/rules-in-force.ts";
import { formatCatTime } from "./cat-time.ts";
import { type FormattedTime, formatIso8601, type UtcReading } from "./iso8601-time.ts";
import { refuseLeapSecond } from "./leap-second.ts";
import type { CatClass, MifidClass, RegulatedStamp, StampInput, StampReason } from "./stamp-types.ts";

/** Digits that a precision of this many nanoseconds fills: 1 ms gives 3. */
const digitsOfPrecision = (precisionNs: bigint): number => Math.max(0, 10 - String(precisionNs).length);
const granularityOf = (digits: number): bigint => 10n ** BigInt(9 - digits);

function reasonsAgainst(input: StampInput, rule: ClockRule, granularityNs: bigint): StampReason[] {
  const reasons: StampReason[] = [];
  if (input.test)
    reasons.push({
      code: "test-flag",
      text: "The statement carries the test flag: a key or a clock is not rooted in hardware, so this is no evidence for a regulator.",
    });
  if (rule.divergenceLimitNs !== null && input.uncertaintyNs > rule.divergenceLimitNs)
    reasons.push({
      code: "uncertainty-beyond-limit",
      text: `The clock may be off by ${input.uncertaintyNs} ns; the limit is ${rule.divergenceLimitNs} ns.`,
    });
  if (granularityNs > rule.granularityNs)
    reasons.push({
      code: "granularity-too-coarse",
      text: `The tier gives ${granularityNs} ns; this class needs ${rule.granularityNs} ns or finer.`,
    });
  if (input.existedBeforeTaiNs === null)
    reasons.push({
      code: "no-certificate-yet",
      text: "No certificate of the quorum covers the stamp yet: so far it is one node's word.",
    });
  return reasons;
}

type Print = (reading: UtcReading, digits: number) => FormattedTime;

function stampUnder(
  input: StampInput,
  rule: ClockRule,
  minDigits: number,
  format: string,
  print: Print,
): RegulatedStamp {
  const reading = readingOf(input);
  refuseLeapSecond(reading, input.leap);
  const digits = Math.max(minDigits, Math.min(rule.digits, digitsOfPrecision(input.precisionNs)));
  const { text, uncertaintyNs } = print(reading, digits);
  // The digits may be prescribed by the format and say more than the tier gives: what counts is the coarser of the two.
  const granularityNs = larger(granularityOf(digits), input.precisionNs);
  const reasons = reasonsAgainst(input, rule, granularityNs);
  const existedBefore = input.existedBeforeTaiNs;
  return {
    regime: rule.regime,
    class: rule.class,
    value: text,
    format,
    timeUtcNs: reading.timeUtcNs,
    uncertaintyNs: input.uncertaintyNs,
    valueUncertaintyNs: uncertaintyNs,
    granularityNs,
    requiredGranularityNs: rule.granularityNs,
    divergenceLimitNs: rule.divergenceLimitNs,
    withinLimit: rule.divergenceLimitNs === null ? null : input.uncertaintyNs <= rule.divergenceLimitNs,
    compliant: reasons.length === 0,
    reasons,
    existedBeforeUtcNs: existedBefore === null ? null : toUtc(taiNs(existedBefore), input.taiMinusUtc),
    test: input.test,
    citation: rule.limitCitation,
  };
}

const readingOf = (input: StampInput): { timeUtcNs: ReturnType<typeof toUtc>; uncertaintyNs: DurationNs } => ({
  timeUtcNs: toUtc(taiNs(input.timeTaiNs), input.taiMinusUtc),
  uncertaintyNs: durationNs(input.uncertaintyNs),
});

/**
 * A time as RTS 22 field 28 and RTS 24 want it: `YYYY-MM-DDThh:mm:ss.ddddddZ`, with the digits of the class (7 where the
 * granularity is 0.1 us). Divergence is held against the clock's uncertainty before the digits are cut, since the acts set
 * granularity apart from it.
 * @throws input/not-found when the jurisdiction had no such class at that time; input/out-of-range in a leap second.
 */
export function mifidStamp(input: StampInput, activity: MifidClass, jurisdiction: "EU" | "UK"): RegulatedStamp {
  const rule = ruleInForce(jurisdiction === "EU" ? "mifid-eu" : "mifid-uk", activity, readingOf(input).timeUtcNs);
  const fraction = rule.digits === 0 ? "" : `.${"d".repeat(rule.digits)}`;
  return stampUnder(input, rule, 0, `YYYY-MM-DDThh:mm:ss${fraction}Z`, formatIso8601);
}

/**
 * A CAT time in US Eastern time, to the millisecond or as finely as the tier gives it.
 * @throws input/out-of-range in a leap second, input/not-found before the rule was in force.
 */
export function catStamp(input: StampInput, activity: CatClass): RegulatedStamp {
  const rule = ruleInForce("cat", activity, readingOf(input).timeUtcNs);
  const finest = { ...rule, digits: CAT_TIME_FORMAT.maxDigits };
  return stampUnder(input, finest, CAT_TIME_FORMAT.minDigits, CAT_TIME_FORMAT.pattern, formatCatTime);
}

/**
 * A time in a transaction report under SFTR or EMIR: whole seconds of UTC.
 * @throws input/out-of-range in a leap second, input/not-found before the rule was in force.
 */
export function sftrStamp(input: StampInput, regime: "sftr" | "emir" = "sftr"): RegulatedStamp {
  const rule = ruleInForce(regime, "reporting", readingOf(input).timeUtcNs);
  return stampUnder(input, rule, 0, "YYYY-MM-DDThh:mm:ssZ", formatIso8601);
}
