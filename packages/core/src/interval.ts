import { ChronoError } from "./errors.ts";
import { type DurationNs, type TaiNs, taiNs } from "./time.ts";

/** A clock reading: the true time lies in [time - uncertainty, time + uncertainty]. */
export type Reading = { readonly time: TaiNs; readonly uncertainty: DurationNs };
/** Closed, in TAI nanoseconds. */
export type Interval = { readonly earliest: bigint; readonly latest: bigint };

export const toInterval = (reading: Reading): Interval => ({
  earliest: reading.time - reading.uncertainty,
  latest: reading.time + reading.uncertainty,
});

function checkInterval(interval: Interval): void {
  if (interval.latest < interval.earliest)
    throw new ChronoError("input/out-of-range", {
      what: "interval",
      earliest: String(interval.earliest),
      latest: String(interval.latest),
    });
}

/**
 * The narrowest reading that covers the interval: rounding goes outward.
 * @throws input/out-of-range for a reversed interval, or when its middle is not a time.
 */
export function toReading(interval: Interval): Reading {
  checkInterval(interval);
  const width = interval.latest - interval.earliest;
  return { time: taiNs(interval.earliest + width / 2n), uncertainty: ((width + 1n) / 2n) as DurationNs };
}

/** "concurrent" when the intervals touch: then neither is certainly first. */
export function compareReadings(a: Reading, b: Reading): "before" | "after" | "concurrent" {
  const left = toInterval(a);
  const right = toInterval(b);
  if (left.latest < right.earliest) return "before";
  return right.latest < left.earliest ? "after" : "concurrent";
}

/**
 * Fault-tolerant interval [(f+1)-th largest lower edge, (f+1)-th smallest upper edge]: contains the true time as long as at
 * most f of the intervals do not (U. Schmid and K. Schossmaier, "How to reconcile fault-tolerant interval intersection with
 * the Lipschitz condition").
 * @returns undefined when the sources contradict one another: more than f are wrong.
 * @throws input/out-of-range unless there are at least 2f + 1 intervals, none of them reversed.
 */
export function faultTolerantInterval(intervals: readonly Interval[], f: number): Interval | undefined {
  if (!Number.isInteger(f) || f < 0 || intervals.length < 2 * f + 1)
    throw new ChronoError("input/out-of-range", {
      what: "intervals",
      got: intervals.length,
      need: `2f + 1 with f = ${f}`,
    });
  for (const interval of intervals) checkInterval(interval);
  const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
  const lower = intervals.map((interval) => interval.earliest).sort(ascending);
  const upper = intervals.map((interval) => interval.latest).sort(ascending);
  const earliest = lower[lower.length - 1 - f];
  const latest = upper[f];
  if (earliest === undefined || latest === undefined || earliest > latest) return undefined;
  return { earliest, latest };
}
