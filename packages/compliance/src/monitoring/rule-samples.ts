import { inTime } from "../bigint-order.ts";
import { divergenceOf } from "./clock-observation.ts";
import type { MonitoringEvidence, MonitoringRule, RuleState } from "./monitoring-rule.ts";

/** One look at one subject. `value`: ns, or certificates a minute; what an alert calls its worst. */
export type Sample = {
  readonly subject: string;
  readonly at: bigint;
  readonly bad: boolean;
  readonly value: bigint | null;
  /** Since when the subject has been unhealthy, to be kept for the next look; undefined leaves it. */
  readonly unhealthySince?: bigint | null;
  /** Says that nothing else came: it does not count as a look at the subject. */
  readonly tick?: boolean;
};

export const nodeSubject = (node: number): string => `node ${node}`;

function fresh(rule: { readonly node: number | null }, evidence: MonitoringEvidence, previous: RuleState) {
  return evidence.observations
    .filter(({ node, timeUtcNs }) => {
      const last = previous.subjects[nodeSubject(node)]?.lastUtcNs ?? null;
      return (rule.node === null || rule.node === node) && (last === null || timeUtcNs > last);
    })
    .toSorted(inTime);
}

function above(
  limitNs: bigint,
  values: readonly { subject: string; at: bigint; value: bigint | null | undefined }[],
): Sample[] {
  return values.flatMap(({ subject, at, value }) =>
    value === null || value === undefined ? [] : [{ subject, at, value, bad: value > limitNs }],
  );
}

type GapRule = Extract<MonitoringRule, { kind: "gap-longer-than" }>;
function gapSamples(rule: GapRule, evidence: MonitoringEvidence, previous: RuleState): Sample[] {
  const last = new Map(Object.entries(previous.subjects).map(([subject, { lastUtcNs }]) => [subject, lastUtcNs]));
  // A node that is named and never seen counts from the first look.
  if (rule.node !== null && !last.has(nodeSubject(rule.node))) last.set(nodeSubject(rule.node), null);
  const samples: Sample[] = [];
  for (const observation of fresh(rule, evidence, previous)) {
    if (divergenceOf(observation) === undefined) continue;
    const subject = nodeSubject(observation.node);
    const at = observation.timeUtcNs;
    const gap = at - (last.get(subject) ?? at);
    // The gap was there and is over: both are told, the end once `clearAfterNs` has passed.
    if (gap > rule.durationNs) samples.push({ subject, at, bad: true, value: gap });
    samples.push({ subject, at, bad: false, value: gap });
    last.set(subject, at);
  }
  for (const [subject, seen] of last) {
    if (seen === null) samples.push({ subject, at: evidence.nowUtcNs, bad: false, value: null });
    else if (evidence.nowUtcNs > seen)
      samples.push({
        subject,
        at: evidence.nowUtcNs,
        bad: evidence.nowUtcNs - seen > rule.durationNs,
        value: evidence.nowUtcNs - seen,
        tick: true,
      });
  }
  return samples;
}

type HealthRule = Extract<MonitoringRule, { kind: "node-not-healthy" }>;
function healthSamples(rule: HealthRule, evidence: MonitoringEvidence, previous: RuleState): Sample[] {
  const since = new Map(
    Object.entries(previous.subjects).map(([subject, state]) => [subject, state.unhealthySinceUtcNs]),
  );
  return fresh(rule, evidence, previous).map(({ node, timeUtcNs, state }) => {
    const subject = nodeSubject(node);
    const from = state === "healthy" ? null : (since.get(subject) ?? timeUtcNs);
    since.set(subject, from);
    const value = from === null ? 0n : timeUtcNs - from;
    return { subject, at: timeUtcNs, bad: from !== null && value >= rule.durationNs, value, unhealthySince: from };
  });
}

type RateRule = Extract<MonitoringRule, { kind: "certificate-rate-below" }>;
function rateSamples(rule: RateRule, { certificatesUtcNs, nowUtcNs }: MonitoringEvidence): Sample[] {
  if (rule.windowNs === 0n) return [];
  const from = nowUtcNs - rule.windowNs;
  const count = BigInt(certificatesUtcNs.filter((at) => at > from && at <= nowUtcNs).length);
  const minute = 60_000_000_000n;
  return [
    {
      subject: "certificates",
      at: nowUtcNs,
      bad: count * minute < BigInt(rule.perMinute) * rule.windowNs,
      value: (count * minute) / rule.windowNs,
    },
  ];
}

/** All that the evidence says about a rule, in order of time for each subject. */
export function samplesOf(rule: MonitoringRule, evidence: MonitoringEvidence, previous: RuleState): Sample[] {
  switch (rule.kind) {
    case "divergence-above":
      return above(
        rule.limitNs,
        fresh(rule, evidence, previous).map((observation) => ({
          subject: nodeSubject(observation.node),
          at: observation.timeUtcNs,
          value: divergenceOf(observation),
        })),
      );
    case "uncertainty-above":
      return above(
        rule.limitNs,
        fresh(rule, evidence, previous).map(({ node, timeUtcNs, uncertaintyNs }) => ({
          subject: nodeSubject(node),
          at: timeUtcNs,
          value: uncertaintyNs,
        })),
      );
    case "gap-longer-than":
      return gapSamples(rule, evidence, previous);
    case "node-not-healthy":
      return healthSamples(rule, evidence, previous);
    case "stamp-outside-limit": {
      const last = previous.subjects.stamps?.lastUtcNs ?? null;
      const stamps = evidence.stamps.filter(({ timeUtcNs }) => last === null || timeUtcNs > last).toSorted(inTime);
      const samples = above(
        rule.limitNs,
        stamps.map(({ timeUtcNs, uncertaintyNs }) => ({ subject: "stamps", at: timeUtcNs, value: uncertaintyNs })),
      );
      // No stamp is no bad stamp: the breach may end in silence.
      return [...samples, { subject: "stamps", at: evidence.nowUtcNs, bad: false, value: null, tick: true }];
    }
    case "certificate-rate-below":
      return rateSamples(rule, evidence);
    case "test-flag-seen":
      return fresh(rule, evidence, previous).map(({ node, timeUtcNs, test }) => ({
        subject: nodeSubject(node),
        at: timeUtcNs,
        bad: test,
        value: null,
      }));
  }
}
