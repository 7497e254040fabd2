import { type DurationNs, faultTolerantInterval, type Interval, NS_PER_S, type Reading } from "@chronoledger/core";

/**
 * How far the monotonic clock's rate may be off: a quartz oscillator is within 50 ppm over its temperature range, and the nodes take
 * the same bound for theirs. Over the quarter of a second
 * between two looks it comes to 25 us, over the 5 s that one may be old to 0.5 ms. The bound does not hold while a time daemon
 * slews this machine's clock faster than that.
 */
export const DRIFT_PPM = 100n;
/** An older look does not count: long enough for a process that was held up for a moment, and its uncertainty grows meanwhile. */
export const FRESH_NS = 5n * NS_PER_S;

/** A node's reading, taken at some moment between two reads of the monotonic clock. */
export type Look = Reading & {
  readonly askedAt: DurationNs;
  readonly answeredAt: DurationNs;
};

const drift = (elapsed: bigint): bigint => ((elapsed < 0n ? -elapsed : elapsed) * DRIFT_PPM + 999_999n) / 1_000_000n;

/** An interval that holds the true time at `from` on the monotonic clock, carried to another moment. */
export function carryInterval({ earliest, latest }: Interval, from: bigint, to: bigint): Interval {
  const elapsed = to - from;
  const most = drift(elapsed);
  return { earliest: earliest + elapsed - most, latest: latest + elapsed + most };
}

/**
 * Where the true time lies at `at`, if the node's interval held it when it was read. The node may have read its clock at either end
 * of the question.
 */
export function carryLook({ time, uncertainty, askedAt, answeredAt }: Look, at: bigint): Interval {
  return {
    earliest: carryInterval({ earliest: time - uncertainty, latest: time }, answeredAt, at).earliest,
    latest: carryInterval({ earliest: time, latest: time + uncertainty }, askedAt, at).latest,
  };
}

/** @returns the look that says most at `at`. */
export function narrowest(looks: readonly Look[], at: bigint): Look | undefined {
  let best: { look: Look; width: bigint } | undefined;
  for (const look of looks) {
    const { earliest, latest } = carryLook(look, at);
    if (best === undefined || latest - earliest < best.width) best = { look, width: latest - earliest };
  }
  return best?.look;
}

export type ArrivalBase = {
  /** Holds the true time at `at` while at most f of the nodes are wrong. */
  readonly interval: Interval;
  readonly at: DurationNs;
  /** On the monotonic clock: from then on too few nodes have a fresh look. */
  readonly freshUntil: bigint;
};

/**
 * Reconciles what was seen of each node: of its fresh looks the one that says most, which need not be the newest.
 * @returns undefined when fewer than 2f + 1 nodes have fresh looks, or when they contradict one another: more than f are wrong.
 */
export function arrivalBase(nodes: readonly (readonly Look[])[], f: number, at: DurationNs): ArrivalBase | undefined {
  const fresh = nodes.map((looks) => looks.filter(({ askedAt }) => at - askedAt < FRESH_NS));
  const best = fresh.flatMap((looks) => narrowest(looks, at) ?? []);
  const need = 2 * f + 1;
  if (best.length < need) return undefined;
  const interval = faultTolerantInterval(
    best.map((look) => carryLook(look, at)),
    f,
  );
  const newest = fresh.flatMap((looks) => looks.at(-1)?.askedAt ?? []);
  const oldestNeeded = newest.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0))[need - 1];
  if (interval === undefined || oldestNeeded === undefined) return undefined;
  return { interval, at, freshUntil: oldestNeeded + FRESH_NS };
}
