import { type DurationNs, NS_PER_MS, NS_PER_US, type Reading, taiNs } from "@chronoledger/core";
import type { Precision } from "@chronoledger/core/gateway";

const GRID: Readonly<Record<Precision, bigint>> = { ms: NS_PER_MS, us: NS_PER_US, ns: 1n };

/**
 * The reading on a tier's grid: the time rounded to the nearest step, the uncertainty widened by what rounding moved it and then
 * to a whole step, so that it tells nothing finer either. The old interval lies inside the new one.
 */
export function widenTo(precision: Precision, { time, uncertainty }: Reading): Reading {
  const step = GRID[precision];
  const rounded = ((time + step / 2n) / step) * step;
  const moved = rounded > time ? rounded - time : time - rounded;
  const steps = (uncertainty + moved + step - 1n) / step;
  return { time: taiNs(rounded), uncertainty: (steps * step) as DurationNs };
}
