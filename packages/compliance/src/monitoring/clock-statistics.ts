import { ChronoError, type DurationNs, type UnixNs } from "@chronoledger/core";
import { inTime, smaller } from "../bigint-order.ts";
import type { ClockObservation } from "./clock-observation.ts";
import {
  changesOf,
  divergenceRow,
  excursionsOf,
  gapsOf,
  holdoversOf,
  type NodeTrack,
  stretchesOf,
} from "./node-track.ts";
import type { ClockStatistics, DivergenceRow } from "./statistics-types.ts";

export type StatisticsOptions = {
  readonly fromUtcNs: UnixNs;
  /** Exclusive. */
  readonly toUtcNs: UnixNs;
  /** Divergence limit of the declared class, the strictest when there are several. */
  readonly limitNs: DurationNs;
  /** Longest time for which one measurement speaks; beyond it there is a coverage gap. */
  readonly maxSpacingNs: DurationNs;
  /** Length of the parts, such as a day. */
  readonly partNs: DurationNs;
  /** Nodes that should have been observed; one never seen is a gap over the whole period. */
  readonly nodes: readonly number[];
};

const MAX_PARTS = 10_000n;

function checkOptions({ fromUtcNs, toUtcNs, partNs, maxSpacingNs }: StatisticsOptions): void {
  if (toUtcNs <= fromUtcNs || partNs <= 0n || maxSpacingNs <= 0n || (toUtcNs - fromUtcNs) / partNs > MAX_PARTS)
    throw new ChronoError(
      "input/out-of-range",
      { what: "statistics period", from: String(fromUtcNs), to: String(toUtcNs), part: String(partNs) },
      { remedy: `Give a period that ends after it begins, a spacing, and at most ${MAX_PARTS} parts` },
    );
}

function tracksOf(observations: readonly ClockObservation[], options: StatisticsOptions): NodeTrack[] {
  const { fromUtcNs, toUtcNs } = options;
  const byNode = new Map<number, ClockObservation[]>(options.nodes.map((node) => [node, []]));
  for (const observation of observations) {
    if (observation.timeUtcNs < fromUtcNs || observation.timeUtcNs >= toUtcNs) continue;
    const found = byNode.get(observation.node);
    if (found === undefined) byNode.set(observation.node, [observation]);
    else found.push(observation);
  }
  return [...byNode]
    .toSorted(([a], [b]) => a - b)
    .map(([node, found]) => ({ node, observations: found.toSorted(inTime), fromUtcNs, toUtcNs }));
}

function partsOf(track: NodeTrack, options: StatisticsOptions): DivergenceRow[] {
  const stretches = stretchesOf(track, options.limitNs, options.maxSpacingNs);
  const parts: DivergenceRow[] = [];
  let [next, reach] = [0, 0];
  for (let from: bigint = track.fromUtcNs; from < track.toUtcNs; from += options.partNs) {
    const to = smaller(from + options.partNs, track.toUtcNs);
    const first = next;
    while ((track.observations[next]?.timeUtcNs ?? to) < to) next++;
    while ((stretches[reach]?.to ?? to) <= from && reach < stretches.length) reach++;
    let last = reach;
    while ((stretches[last]?.from ?? to) < to) last++;
    const part = { ...track, observations: track.observations.slice(first, next), fromUtcNs: from, toUtcNs: to };
    parts.push(divergenceRow(part, stretches.slice(reach, last)));
  }
  return parts;
}

/**
 * What a period's observations say, for each node and part of the period. Divergence is |offset| plus the uncertainty of its
 * measurement throughout; shares are of time, not of observations, so that a burst of looks does not outweigh a silence.
 * @throws input/out-of-range for an empty or reversed period, or too many parts.
 */
export function clockStatistics(
  observations: readonly ClockObservation[],
  options: StatisticsOptions,
): ClockStatistics {
  checkOptions(options);
  const { limitNs, maxSpacingNs } = options;
  const tracks = tracksOf(observations, options);
  const seen = tracks.flatMap((track) => track.observations).toSorted(inTime);
  const [first, last] = [seen[0], seen.at(-1)];
  return {
    fromUtcNs: options.fromUtcNs,
    toUtcNs: options.toUtcNs,
    limitNs,
    maxSpacingNs,
    overall: tracks.map((track) => divergenceRow(track, stretchesOf(track, limitNs, maxSpacingNs))),
    parts: tracks.flatMap((track) => partsOf(track, options)),
    excursions: tracks.flatMap((track) => excursionsOf(track, limitNs)),
    gaps: tracks.flatMap((track) => gapsOf(track, maxSpacingNs)),
    holdovers: tracks.flatMap(holdoversOf),
    changes: tracks.flatMap(changesOf),
    taiMinusUtc: first && last ? { first: first.taiMinusUtc, last: last.taiMinusUtc } : null,
    testFlagSeen: seen.some(({ test }) => test),
  };
}
