import { ascending, larger, smaller } from "../bigint-order.ts";
import { type ClockObservation, divergenceOf } from "./clock-observation.ts";
import type { CoverageGap, DivergenceRow, Excursion, HoldoverPeriod, ObservedChange } from "./statistics-types.ts";

/** The observations of one node, ascending, all within [from, to). */
export type NodeTrack = {
  readonly node: number;
  readonly observations: readonly ClockObservation[];
  readonly fromUtcNs: bigint;
  readonly toUtcNs: bigint;
};

type Measured = { readonly at: bigint; readonly divergence: bigint };
export const measuredOf = ({ observations }: NodeTrack): Measured[] =>
  observations.flatMap((observation) => {
    const divergence = divergenceOf(observation);
    return divergence === undefined ? [] : [{ at: observation.timeUtcNs, divergence }];
  });

const max = (values: readonly bigint[]): bigint | null =>
  values.reduce<bigint | null>((most, value) => (most === null ? value : larger(most, value)), null);

/** Nearest rank: the smallest value that at least `percent` of the values do not exceed. */
export function percentile(sorted: readonly bigint[], percent: number): bigint | null {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? null;
}

/** A stretch of time for which one measurement speaks: until the next one, but no longer than the largest spacing. */
export type Stretch = { readonly from: bigint; readonly to: bigint; readonly within: boolean };

export function stretchesOf(track: NodeTrack, limitNs: bigint, maxSpacingNs: bigint): Stretch[] {
  const measured = measuredOf(track);
  return measured.map(({ at, divergence }, index) => {
    const next = measured[index + 1]?.at ?? track.toUtcNs;
    return { from: at, to: smaller(next, at + maxSpacingNs), within: divergence <= limitNs };
  });
}

/** Stretches may begin before the row's time: what reaches into it counts. */
export function divergenceRow(track: NodeTrack, stretches: readonly Stretch[]): DivergenceRow {
  const sorted = measuredOf(track)
    .map(({ divergence }) => divergence)
    .sort(ascending);
  let [covered, within] = [0n, 0n];
  for (const stretch of stretches) {
    const from = larger(stretch.from, track.fromUtcNs);
    const to = smaller(stretch.to, track.toUtcNs);
    if (to <= from) continue;
    covered += to - from;
    if (stretch.within) within += to - from;
  }
  const length = track.toUtcNs - track.fromUtcNs;
  return {
    fromUtcNs: track.fromUtcNs,
    toUtcNs: track.toUtcNs,
    node: track.node,
    count: track.observations.length,
    measured: sorted.length,
    p50Ns: percentile(sorted, 50),
    p95Ns: percentile(sorted, 95),
    p99Ns: percentile(sorted, 99),
    maxNs: sorted.at(-1) ?? null,
    maxUncertaintyNs: max(
      track.observations.flatMap(({ uncertaintyNs }) => (uncertaintyNs === null ? [] : [uncertaintyNs])),
    ),
    withinLimitPpm: covered === 0n ? null : Number((within * 1_000_000n) / covered),
    coveredPpm: length === 0n ? 0 : Number((covered * 1_000_000n) / length),
  };
}

/** Times without a measurement longer than `maxSpacingNs`, the edges of the period included. */
export function gapsOf(track: NodeTrack, maxSpacingNs: bigint): CoverageGap[] {
  const edges = [track.fromUtcNs, ...measuredOf(track).map(({ at }) => at), track.toUtcNs];
  return edges.slice(1).flatMap((to, index) => {
    const from = edges[index] ?? to;
    return to - from > maxSpacingNs ? [{ node: track.node, fromUtcNs: from, toUtcNs: to }] : [];
  });
}

/** Runs of measurements beyond the limit. A look without a measurement ends none: nobody knows that it was over. */
export function excursionsOf(track: NodeTrack, limitNs: bigint): Excursion[] {
  const found: Excursion[] = [];
  let run: Measured[] = [];
  let lastWithin = track.fromUtcNs;
  const close = (affectedTo: bigint, open: boolean) => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined || last === undefined) return;
    found.push({
      node: track.node,
      startUtcNs: first.at,
      endUtcNs: last.at,
      maxDivergenceNs: max(run.map(({ divergence }) => divergence)) ?? 0n,
      affectedFromUtcNs: lastWithin,
      affectedToUtcNs: affectedTo,
      open,
    });
    run = [];
  };
  for (const measured of measuredOf(track)) {
    if (measured.divergence > limitNs) {
      run.push(measured);
      continue;
    }
    close(measured.at, false);
    lastWithin = measured.at;
  }
  close(track.toUtcNs, true);
  return found;
}

export function holdoversOf(track: NodeTrack): HoldoverPeriod[] {
  const found: HoldoverPeriod[] = [];
  let from: bigint | undefined;
  let uncertainties: bigint[] = [];
  const close = (toUtcNs: bigint, open: boolean) => {
    if (from === undefined) return;
    found.push({ node: track.node, fromUtcNs: from, toUtcNs, maxUncertaintyNs: max(uncertainties), open });
    from = undefined;
    uncertainties = [];
  };
  for (const { timeUtcNs, holdover, uncertaintyNs } of track.observations) {
    if (!holdover) {
      close(timeUtcNs, false);
      continue;
    }
    from ??= timeUtcNs;
    if (uncertaintyNs !== null) uncertainties.push(uncertaintyNs);
  }
  close(track.toUtcNs, true);
  return found;
}

const WATCHED: readonly (readonly [ObservedChange["what"], (observation: ClockObservation) => string | null])[] = [
  ["epoch", ({ epoch }) => String(epoch)],
  ["key", ({ keyId }) => keyId],
  ["configuration", ({ configurationId }) => configurationId],
  ["source", ({ source }) => source],
  ["test-flag", ({ test }) => (test ? "set" : "not set")],
  ["tai-minus-utc", ({ taiMinusUtc }) => `${taiMinusUtc} s`],
  ["leap-announcement", ({ leap }) => leap],
];

/** What changed from one look to the next. A value that was not recorded is passed over, not taken for a change. */
export function changesOf({ node, observations }: NodeTrack): ObservedChange[] {
  const last = new Map<ObservedChange["what"], string>();
  return observations.flatMap((observation) =>
    WATCHED.flatMap(([what, read]) => {
      const to = read(observation);
      if (to === null) return [];
      const from = last.get(what);
      last.set(what, to);
      return from === undefined || from === to ? [] : [{ atUtcNs: observation.timeUtcNs, node, what, from, to }];
    }),
  );
}
