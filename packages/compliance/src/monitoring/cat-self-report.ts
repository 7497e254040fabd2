import { ascending } from "../bigint-order.ts";
import { CAT_SELF_REPORT } from "../regimes/cat-rules.ts";
import type { Citation } from "../regimes/clock-rule.ts";
import type { Excursion } from "./statistics-types.ts";

export type SelfReport = { readonly due: boolean; readonly reasons: readonly string[]; readonly citation: Citation };

/**
 * Whether the excursions of one clock reach the thresholds at which an industry member is expected to report itself: one of
 * twice the tolerance, or ten within 24 hours. Thresholds by a secondary source, and different from venue to venue.
 */
export function catSelfReport(excursions: readonly Excursion[], toleranceNs: bigint): SelfReport {
  const reasons: string[] = [];
  const far = excursions.filter(
    ({ maxDivergenceNs }) => maxDivergenceNs >= toleranceNs * BigInt(CAT_SELF_REPORT.toleranceFactor),
  );
  if (far.length > 0)
    reasons.push(`${far.length} excursions reached ${CAT_SELF_REPORT.toleranceFactor} times the tolerance.`);
  const starts = excursions.map(({ startUtcNs }) => startUtcNs).toSorted(ascending);
  const crowded = starts.some((start, index) => {
    const last = starts[index + CAT_SELF_REPORT.excursions - 1];
    return last !== undefined && last - start < CAT_SELF_REPORT.withinNs;
  });
  if (crowded) reasons.push(`${CAT_SELF_REPORT.excursions} excursions or more began within 24 hours.`);
  return { due: reasons.length > 0, reasons, citation: CAT_SELF_REPORT.citation };
}
