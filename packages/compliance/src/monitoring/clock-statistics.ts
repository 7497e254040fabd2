import { ChronoError, type DurationNs, type UnixNs } from "@chronoledger/core";
import type { ClockObservation } from "./clock-observation.ts";
import type { ClockStatistics } from "./statistics-types.ts";
export type StatisticsOptions = {
  readonly fromUtcNs: UnixNs;
  readonly toUtcNs: UnixNs;
  readonly limitNs: DurationNs;
  readonly maxSpacingNs: DurationNs;
  readonly partNs: DurationNs;
};
export const clockStatistics = (
  _observations: readonly ClockObservation[],
  _options: StatisticsOptions,
): ClockStatistics => {
  throw new ChronoError("internal/unexpected");
};
