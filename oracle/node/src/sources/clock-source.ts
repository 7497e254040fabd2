import type { DurationNs, Interval, SourceHealth } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";

/** What one source says of this machine's UTC clock at one instant. */
export type SourceReading = {
  readonly health: SourceHealth;
  /** How it knows, or why it does not; for people. */
  readonly detail: string;
  /** True UTC minus this machine's UTC lies in here, in nanoseconds. Undefined when the source vouches for nothing. */
  readonly offset: Interval | undefined;
  /** Monotonic time for which that holds. */
  readonly at: DurationNs;
  /** This machine's UTC minus its monotonic time then: a later step of UTC does not touch what was said. */
  readonly machineOffset: bigint;
  /** TAI minus UTC in seconds, from sources that know it. */
  readonly taiMinusUtc?: number | undefined;
};

/** A way to know the time. Reading never throws: what goes wrong is a health. */
export interface ClockSource {
  readonly name: string;
  read(): Promise<SourceReading>;
}

/** The instant of a reading. */
export const readInstant = (clock: Pick<Clock, "monotonicNow" | "utcMinusMonotonic">) => ({
  at: clock.monotonicNow(),
  machineOffset: clock.utcMinusMonotonic() as bigint,
});
