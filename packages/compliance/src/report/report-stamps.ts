import { isChronoError, unixNs } from "@chronoledger/core";
import { ascending } from "../bigint-order.ts";
import type { Excursion } from "../monitoring/statistics-types.ts";
import { ruleInForce } from "../regimes/rules-in-force.ts";
import type { AuditReport, AuditReportInput } from "./audit-report.ts";
import type { ReportedExcursion, ReportStamp } from "./report-parts.ts";

/** Index of the first of the ascending times that is not before `time`. */
function firstFrom(times: readonly bigint[], time: bigint): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? time) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Excursions with the number of listed stamps in their affected range, ends included, and with what was done. */
export function reportedExcursions(
  excursions: readonly Excursion[],
  stamps: readonly ReportStamp[],
  actions: AuditReportInput["actions"],
): ReportedExcursion[] {
  const times = stamps.map(({ timeUtcNs }) => timeUtcNs).toSorted(ascending);
  const byStart = new Map(actions.map(({ node, startUtcNs, action }) => [`${node} ${startUtcNs}`, action]));
  return excursions.map((excursion) => ({
    ...excursion,
    affectedStamps: firstFrom(times, excursion.affectedToUtcNs + 1n) - firstFrom(times, excursion.affectedFromUtcNs),
    action: byStart.get(`${excursion.node} ${excursion.startUtcNs}`) ?? null,
  }));
}

/** Undefined where no rule applied to the stamp, or one without a limit. */
function limitOf({ regime, class: activity, timeUtcNs }: ReportStamp): bigint | undefined {
  if (regime === null || activity === null) return undefined;
  try {
    return ruleInForce(regime, activity, unixNs(timeUtcNs)).divergenceLimitNs ?? undefined;
  } catch (error) {
    if (isChronoError(error) && error.code === "input/not-found") return undefined;
    throw error;
  }
}

export function reportStamps({ stamps, stampCount, includeProofs }: AuditReportInput): AuditReport["stamps"] {
  const groups = new Map<string, AuditReport["stamps"]["byRegime"][number]>();
  for (const stamp of stamps) {
    const key = `${stamp.regime} ${stamp.class}`;
    const group = groups.get(key) ?? { regime: stamp.regime, class: stamp.class, count: 0, outsideLimit: null };
    const limit = limitOf(stamp);
    const outside = limit === undefined ? null : stamp.uncertaintyNs > limit ? 1 : 0;
    groups.set(key, {
      ...group,
      count: group.count + 1,
      outsideLimit: outside === null ? group.outsideLimit : (group.outsideLimit ?? 0) + outside,
    });
  }
  return {
    count: stampCount,
    listed: stamps.length,
    proofsIncluded: includeProofs,
    byRegime: [...groups.values()],
    items: includeProofs ? [...stamps] : stamps.map((stamp) => ({ ...stamp, proof: null })),
  };
}
