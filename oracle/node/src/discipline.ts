import {
  ChronoError,
  type DurationNs,
  FLAG,
  faultTolerantInterval,
  type Interval,
  NS_PER_S,
  type Policy,
  type Reading,
  type SourceHealth,
  type TaiNs,
  toReading,
  toTai,
  unixNs,
} from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import { hasExpired, type LeapTable, taiMinusUtcAt, taiOffsetAt } from "./leap-seconds.ts";
import type { ClockSource, SourceReading } from "./sources/clock-source.ts";

/** How far a quartz clock runs away between two looks at the sources; temperature and slewing included. */
const DRIFT_PPM = 100n;
/** Older looks at the sources are not extrapolated. */
const MAX_AGE_NS = 10n * NS_PER_S;
/** A read that took longer was interrupted, and is repeated. */
const TIGHT_READ_NS = 20_000n;
const READ_ATTEMPTS = 4;

/** A reading with what a statement at that time must say beside it. */
export type DisciplinedReading = Reading & { readonly taiMinusUtc: number; readonly flags: number };

type Baseline = {
  readonly at: DurationNs;
  /** This machine's UTC minus its monotonic time when the sources were read. */
  readonly machineOffset: bigint;
  /** True UTC minus this machine's monotonic time. */
  readonly trueOffset: Interval;
  readonly flags: number;
};

export type DisciplineOptions = {
  readonly clock: Clock;
  readonly sources: readonly ClockSource[];
  readonly policy: Policy;
  readonly leapTable: LeapTable;
  /** Taken for an unsynchronised clock, only when the policy allows the test flag. */
  readonly assumedUncertainty: DurationNs;
  /** Whether the node key lives in hardware; the test flag is set when not. */
  readonly hardwareKey: boolean;
};

const vouches = (reading: SourceReading): boolean => reading.health === "synchronised" || reading.health === "holdover";
const drift = (elapsed: bigint): bigint => (elapsed * DRIFT_PPM + 999_999n) / 1_000_000n;

/**
 * Turns sources into readings: fuses them, lets the uncertainty grow between looks, notices steps, and refuses whenever the
 * time cannot be stated within the policy.
 */
export class Discipline {
  readonly #options: DisciplineOptions;
  #baseline: Baseline | undefined;
  #reason = "the sources have not been read yet";
  #sources: { name: string; health: SourceHealth; detail: string }[] = [];
  #steps = 0;
  #refreshing: Promise<void> | undefined;

  constructor(options: DisciplineOptions) {
    this.#options = options;
    this.#sources = options.sources.map(({ name }) => ({ name, health: "unavailable", detail: "not read yet" }));
  }

  /** How often somebody set this machine's clock. */
  get steps(): number {
    return this.#steps;
  }
  get sources(): readonly { name: string; health: SourceHealth; detail: string }[] {
    return this.#sources;
  }
  /** What the clock and the key ask of a statement's flags; leap seconds apart. */
  get flags(): number {
    return this.#baseline?.flags ?? (this.#options.hardwareKey ? 0 : FLAG.test);
  }

  /** Why there is no reading now, or undefined when there is one. */
  whyNotAvailable(): string | undefined {
    try {
      this.reading();
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Reads the sources; call it every half second. A step calls it too. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { clock, sources, policy, assumedUncertainty, hardwareKey } = this.#options;
    const readings = await Promise.all(sources.map((source) => source.read()));
    this.#sources = readings.map(({ health, detail }, i) => ({ name: sources[i]?.name ?? "", health, detail }));
    const at = clock.monotonicNow();
    const machineOffset = clock.utcMinusMonotonic();
    const good = readings.filter(vouches);
    this.#countStep(at, machineOffset);
    let trueOffset = fuse(good, at);
    let flags = hardwareKey ? 0 : FLAG.test;
    if (good.length === 0 && policy.allowTest && readings.some((reading) => reading.health === "unsynchronised")) {
      trueOffset = { earliest: machineOffset - assumedUncertainty, latest: machineOffset + assumedUncertainty };
      flags |= FLAG.test;
    }
    if (good.length > 0 && good.every((reading) => reading.health === "holdover")) flags |= FLAG.holdover;
    this.#baseline = undefined;
    const offset = readings.find((reading) => reading.taiMinusUtc !== undefined)?.taiMinusUtc;
    if (trueOffset === undefined)
      this.#reason = good.length === 0 ? "no source vouches for the time" : "the sources contradict one another";
    else if (offset !== undefined && offset !== this.#tableOffset())
      this.#reason = `the kernel says TAI - UTC = ${offset} s, the leap second table ${this.#tableOffset() ?? "nothing"}`;
    else
      this.#baseline = {
        at,
        machineOffset,
        trueOffset: {
          earliest: trueOffset.earliest - clock.readUncertainty,
          latest: trueOffset.latest + clock.readUncertainty,
        },
        flags,
      };
  }

  /** @throws clock/not-available naming why. */
  reading(): DisciplinedReading {
    const { policy, leapTable } = this.#options;
    const { earliest, latest, flags } = this.#utcInterval();
    const middle = unixNs(earliest + (latest - earliest) / 2n);
    const offset = taiOffsetAt(leapTable, middle);
    if (offset === undefined)
      throw refused("a leap second is happening, or the leap second table does not reach back so far");
    if (hasExpired(leapTable, middle) && !policy.allowTest) throw refused("the leap second table has expired");
    const utc = toReading({ earliest, latest });
    if (utc.uncertainty > policy.maxUncertainty)
      throw refused("the uncertainty exceeds the policy", {
        uncertaintyNs: String(utc.uncertainty),
        most: String(policy.maxUncertainty),
      });
    const leap = offset.pending === "insert" ? FLAG.leapInsertion : offset.pending === "delete" ? FLAG.leapDeletion : 0;
    return {
      time: toTai(unixNs(utc.time), offset.taiMinusUtc),
      uncertainty: utc.uncertainty,
      taiMinusUtc: offset.taiMinusUtc,
      flags: flags | leap,
    };
  }

  /** What a statement for this instant must carry, by the table. */
  taiMinusUtcAt(time: TaiNs): number | undefined {
    return taiMinusUtcAt(this.#options.leapTable, time);
  }

  #tableOffset(): number | undefined {
    return taiOffsetAt(this.#options.leapTable, this.#options.clock.utcNow())?.taiMinusUtc;
  }

  /** UTC may drift and be slewed against the monotonic clock within the uncertainty; what goes beyond is a step. */
  #allowedDrift(baseline: Baseline, growth: bigint): bigint {
    return (
      (baseline.trueOffset.latest - baseline.trueOffset.earliest) / 2n + growth + this.#options.clock.readUncertainty
    );
  }

  /** A step that no reading came across still counts. */
  #countStep(at: DurationNs, machineOffset: bigint): void {
    const baseline = this.#baseline;
    if (baseline === undefined) return;
    const moved = machineOffset - baseline.machineOffset;
    const allowed = this.#allowedDrift(baseline, drift(at - baseline.at));
    if (moved > allowed || moved < -allowed) this.#steps++;
  }

  #utcInterval(): Interval & { flags: number } {
    const { clock } = this.#options;
    let before = clock.monotonicNow();
    let utc = clock.utcNow();
    let after = clock.monotonicNow();
    for (let i = 1; i < READ_ATTEMPTS && after - before > TIGHT_READ_NS; i++) {
      before = clock.monotonicNow();
      utc = clock.utcNow();
      after = clock.monotonicNow();
    }
    const baseline = this.#baseline;
    if (baseline === undefined) throw refused(this.#reason);
    const elapsed = after - baseline.at;
    if (elapsed > MAX_AGE_NS) throw refused("the sources were not read for too long", { elapsedNs: String(elapsed) });
    const growth = drift(elapsed);
    const allowed = this.#allowedDrift(baseline, growth);
    if (utc - before < baseline.machineOffset - allowed || utc - after > baseline.machineOffset + allowed) {
      this.#steps++;
      this.#baseline = undefined;
      this.#reason = "this machine's clock was set; the sources are being read again";
      void this.refresh();
      throw refused(this.#reason);
    }
    return {
      earliest: before + baseline.trueOffset.earliest - growth,
      latest: after + baseline.trueOffset.latest + growth,
      flags: baseline.flags,
    };
  }
}

const refused = (reason: string, details: Record<string, string> = {}): ChronoError =>
  new ChronoError("clock/not-available", { reason, ...details });

/** Of the sources that vouch, tolerating as many liars as their number allows. */
function fuse(good: readonly SourceReading[], at: DurationNs): Interval | undefined {
  const intervals = good.flatMap((reading) => {
    if (reading.offset === undefined) return [];
    const growth = drift(at - reading.at);
    const base = reading.machineOffset;
    return [{ earliest: base + reading.offset.earliest - growth, latest: base + reading.offset.latest + growth }];
  });
  return intervals.length === 0 ? undefined : faultTolerantInterval(intervals, Math.floor((intervals.length - 1) / 2));
}
