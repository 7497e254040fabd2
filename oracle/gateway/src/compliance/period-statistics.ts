import type { ClockObservation, ClockStatistics } from "@chronoledger/compliance";
import { ChronoError } from "@chronoledger/core";
import { type TrackPeriod, TrackStatistics } from "./track-statistics.ts";

/** Excursions, gaps, periods of holdover and changes that a report can hold. */
const MAX_FINDINGS = 20_000;

export type PeriodOptions = TrackPeriod & {
  /** Nodes that should have been observed, ascending; one never seen is a gap over the whole period. */
  readonly nodes: readonly number[];
};

/**
 * The same as `clockStatistics` of @chronoledger/compliance, for periods with more observations than fit in memory: it reads one node
 * after the other, page by page, and keeps eight bytes of a measurement.
 * @param pagesOf the observations of a node within the period, ascending in time.
 * @throws input/too-large when there is more to tell than a report can hold
 */
export async function periodStatistics(
  options: PeriodOptions,
  pagesOf: (node: number) => AsyncIterable<readonly ClockObservation[]>,
): Promise<ClockStatistics> {
  const { fromUtcNs, toUtcNs, limitNs, maxSpacingNs, nodes } = options;
  const result = {
    ...{ fromUtcNs, toUtcNs, limitNs, maxSpacingNs },
    overall: [] as ClockStatistics["overall"],
    parts: [] as ClockStatistics["parts"],
    excursions: [] as ClockStatistics["excursions"],
    gaps: [] as ClockStatistics["gaps"],
    holdovers: [] as ClockStatistics["holdovers"],
    changes: [] as ClockStatistics["changes"],
  };
  let testFlagSeen = false;
  let first: { at: bigint; taiMinusUtc: number } | undefined;
  let last: { at: bigint; taiMinusUtc: number } | undefined;
  const requireRoom = (more: number) => {
    const { excursions, gaps, holdovers, changes } = result;
    const findings = excursions.length + gaps.length + holdovers.length + changes.length + more;
    if (findings > MAX_FINDINGS)
      throw new ChronoError("input/too-large", { findings, limit: MAX_FINDINGS }, { remedy: "shorten the period" });
  };
  for (const node of nodes) {
    const track = new TrackStatistics(node, options);
    for await (const page of pagesOf(node)) {
      for (const observation of page) track.add(observation);
      requireRoom(track.findings);
    }
    const found = track.finish();
    result.overall.push(found.overall);
    result.parts.push(...found.parts);
    result.excursions.push(...found.excursions);
    result.gaps.push(...found.gaps);
    result.holdovers.push(...found.holdovers);
    result.changes.push(...found.changes);
    requireRoom(0);
    testFlagSeen ||= found.testFlagSeen;
    if (found.first !== undefined && (first === undefined || found.first.at < first.at)) first = found.first;
    // Of two nodes at the same instant the later one in order counts, as in the library's sort.
    if (found.last !== undefined && (last === undefined || found.last.at >= last.at)) last = found.last;
  }
  return {
    ...result,
    taiMinusUtc:
      first === undefined || last === undefined ? null : { first: first.taiMinusUtc, last: last.taiMinusUtc },
    testFlagSeen,
  };
}
