import { toIso8601, unixNs } from "@chronoledger/core";
import type {
  Evaluation,
  MonitoringAlert,
  MonitoringEvidence,
  MonitoringRule,
  RuleState,
  SubjectState,
} from "./monitoring-rule.ts";
import { type Sample, samplesOf } from "./rule-samples.ts";

const AT_REST: SubjectState = {
  breached: false,
  sinceUtcNs: null,
  worst: null,
  goodSinceUtcNs: null,
  lastUtcNs: null,
  unhealthySinceUtcNs: null,
};

/** Rates get worse downwards, everything else upwards. */
function worseOf(rule: MonitoringRule, a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b;
  return (rule.kind === "certificate-rate-below" ? a < b : a > b) ? a : b;
}

function alertOf(
  rule: MonitoringRule,
  kind: MonitoringAlert["kind"],
  sample: Sample,
  state: SubjectState,
): MonitoringAlert {
  const since = state.sinceUtcNs ?? sample.at;
  const unit = rule.kind === "certificate-rate-below" ? "certificates a minute" : "ns";
  const worst = state.worst === null ? "" : `, worst ${state.worst} ${unit}`;
  const when = toIso8601(unixNs(since), 3);
  return {
    ruleId: rule.id,
    kind,
    subject: sample.subject,
    atUtcNs: sample.at,
    sinceUtcNs: since,
    worst: state.worst,
    text: `${rule.name}: ${sample.subject} ${kind === "raised" ? `in breach since ${when}` : `good again, breach began ${when}`}${worst}`,
  };
}

type Step = { readonly next: SubjectState; readonly alert?: MonitoringAlert };

/**
 * ok + bad: breached, raised. breached + bad: stays, the good time starts over. breached + good: stays until good for
 * `clearAfterNs`, then ok, ended. ok + good: stays.
 */
function step(rule: MonitoringRule, state: SubjectState, sample: Sample): Step {
  const seen = {
    ...state,
    lastUtcNs: sample.tick === true ? state.lastUtcNs : sample.at,
    unhealthySinceUtcNs: sample.unhealthySince === undefined ? state.unhealthySinceUtcNs : sample.unhealthySince,
  };
  if (sample.bad) {
    const worst = worseOf(rule, state.worst, sample.value);
    const next = { ...seen, breached: true, sinceUtcNs: state.sinceUtcNs ?? sample.at, worst, goodSinceUtcNs: null };
    return state.breached ? { next } : { next, alert: alertOf(rule, "raised", sample, next) };
  }
  if (!state.breached) return { next: seen };
  const goodSinceUtcNs = state.goodSinceUtcNs ?? sample.at;
  if (sample.at - goodSinceUtcNs < rule.clearAfterNs) return { next: { ...seen, goodSinceUtcNs } };
  return {
    next: { ...seen, breached: false, sinceUtcNs: null, worst: null, goodSinceUtcNs: null },
    alert: alertOf(rule, "ended", sample, state),
  };
}

/**
 * Holds a rule against what came since the last look. One breach raises one alert, however often it is looked at, and its
 * end is told once; keep `next` and pass it in at the next look. Evidence that was looked at before changes nothing.
 */
export function evaluateRule(
  rule: MonitoringRule,
  evidence: MonitoringEvidence,
  previous: RuleState = { state: "ok", subjects: {} },
): Evaluation {
  const subjects: Record<string, SubjectState> = { ...previous.subjects };
  const alerts: MonitoringAlert[] = [];
  for (const sample of samplesOf(rule, evidence, previous)) {
    const { next, alert } = step(rule, subjects[sample.subject] ?? AT_REST, sample);
    subjects[sample.subject] = next;
    if (alert !== undefined) alerts.push(alert);
  }
  const state = Object.values(subjects).some(({ breached }) => breached) ? "breached" : "ok";
  return { state, next: { state, subjects }, alerts };
}
