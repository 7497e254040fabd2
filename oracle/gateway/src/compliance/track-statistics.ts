import { type ClockObservation, type ClockStatistics, divergenceOf } from "@chronoledger/compliance";
import { larger, smaller } from "./bigint-order.ts";

type Row = ClockStatistics["overall"][number];
type Change = ClockStatistics["changes"][number];

export type TrackPeriod = {
  readonly fromUtcNs: bigint;
  /** Exclusive. */
  readonly toUtcNs: bigint;
  readonly limitNs: bigint;
  /** Longest time for which one measurement speaks. */
  readonly maxSpacingNs: bigint;
  /** Length of the parts. */
  readonly partNs: bigint;
};

/** Nanoseconds, eight bytes each. */
class Values {
  #held = new BigUint64Array(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }
  push(value: bigint): void {
    if (this.#length === this.#held.length) {
      const wider = new BigUint64Array(this.#held.length * 2);
      wider.set(this.#held);
      this.#held = wider;
    }
    this.#held[this.#length++] = value;
  }
  sorted(): BigUint64Array {
    return this.#held.subarray(0, this.#length).sort();
  }
}

/** One row of the statistics while it is filled: the whole period, or a part of it. */
class RowBuilder {
  readonly from: bigint;
  readonly to: bigint;
  readonly values = new Values();
  count = 0;
  #maxUncertainty: bigint | null = null;
  #covered = 0n;
  #within = 0n;

  constructor(from: bigint, to: bigint) {
    this.from = from;
    this.to = to;
  }

  noteUncertainty(value: bigint): void {
    this.#maxUncertainty = this.#maxUncertainty === null ? value : larger(this.#maxUncertainty, value);
  }
  /** A stretch for which one measurement speaks, as far as it lies in the row. */
  cover(from: bigint, to: bigint, within: boolean): void {
    const length = smaller(to, this.to) - larger(from, this.from);
    if (length <= 0n) return;
    this.#covered += length;
    if (within) this.#within += length;
  }
  finish(node: number): Row {
    const sorted = this.values.sorted();
    // Nearest rank.
    const percentile = (percent: number): bigint | null =>
      sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? null;
    return {
      fromUtcNs: this.from,
      toUtcNs: this.to,
      node,
      count: this.count,
      measured: sorted.length,
      p50Ns: percentile(50),
      p95Ns: percentile(95),
      p99Ns: percentile(99),
      maxNs: sorted.at(-1) ?? null,
      maxUncertaintyNs: this.#maxUncertainty,
      withinLimitPpm: this.#covered === 0n ? null : Number((this.#within * 1_000_000n) / this.#covered),
      coveredPpm: Number((this.#covered * 1_000_000n) / (this.to - this.from)),
    };
  }
}

const WATCHED: readonly (readonly [Change["what"], (observation: ClockObservation) => string | null])[] = [
  ["epoch", ({ epoch }) => String(epoch)],
  ["key", ({ keyId }) => keyId],
  ["configuration", ({ configurationId }) => configurationId],
  ["source", ({ source }) => source],
  ["test-flag", ({ test }) => (test ? "set" : "not set")],
  ["tai-minus-utc", ({ taiMinusUtc }) => `${taiMinusUtc} s`],
  ["leap-announcement", ({ leap }) => leap],
];

/** Of one node, from its observations one after the other, ascending in time. */
export class TrackStatistics {
  readonly #node: number;
  readonly #period: TrackPeriod;
  readonly #overall: RowBuilder;
  readonly #parts: Row[] = [];
  #part: RowBuilder;
  #measured: { readonly at: bigint; readonly within: boolean } | undefined;
  #covered: bigint;
  readonly #gaps: ClockStatistics["gaps"] = [];
  readonly #excursions: ClockStatistics["excursions"] = [];
  #run: { readonly start: bigint; end: bigint; max: bigint } | undefined;
  #lastWithin: bigint;
  readonly #holdovers: ClockStatistics["holdovers"] = [];
  #holdover: { readonly from: bigint; max: bigint | null } | undefined;
  readonly #changes: Change[] = [];
  readonly #last = new Map<Change["what"], string>();
  #testFlagSeen = false;
  #first: { readonly at: bigint; readonly taiMinusUtc: number } | undefined;
  #newest: { readonly at: bigint; readonly taiMinusUtc: number } | undefined;

  constructor(node: number, period: TrackPeriod) {
    this.#node = node;
    this.#period = period;
    this.#overall = new RowBuilder(period.fromUtcNs, period.toUtcNs);
    this.#part = this.#partFrom(period.fromUtcNs);
    this.#covered = period.fromUtcNs;
    this.#lastWithin = period.fromUtcNs;
  }

  /** What there is to tell so far. */
  get findings(): number {
    return this.#gaps.length + this.#excursions.length + this.#holdovers.length + this.#changes.length;
  }

  add(observation: ClockObservation): void {
    const { timeUtcNs: at, taiMinusUtc, uncertaintyNs } = observation;
    this.#advance(at);
    this.#newest = { at, taiMinusUtc };
    this.#first ??= this.#newest;
    this.#testFlagSeen ||= observation.test;
    const divergence = divergenceOf(observation);
    for (const row of [this.#overall, this.#part]) {
      row.count++;
      if (uncertaintyNs !== null) row.noteUncertainty(uncertaintyNs);
      if (divergence !== undefined) row.values.push(divergence);
    }
    this.#noteHoldover(observation);
    this.#noteChanges(observation);
    if (divergence !== undefined) this.#measure(at, divergence);
  }

  finish() {
    const { toUtcNs } = this.#period;
    const open = this.#measured;
    if (open !== undefined)
      this.#overall.cover(open.at, smaller(toUtcNs, open.at + this.#period.maxSpacingNs), open.within);
    this.#advance(toUtcNs);
    this.#noteGap(toUtcNs);
    this.#closeRun(toUtcNs, true);
    this.#closeHoldover(toUtcNs, true);
    return {
      overall: this.#overall.finish(this.#node),
      parts: this.#parts,
      excursions: this.#excursions,
      gaps: this.#gaps,
      holdovers: this.#holdovers,
      changes: this.#changes,
      testFlagSeen: this.#testFlagSeen,
      first: this.#first,
      last: this.#newest,
    };
  }

  #partFrom = (from: bigint): RowBuilder =>
    new RowBuilder(from, smaller(from + this.#period.partNs, this.#period.toUtcNs));

  /** Ends the parts before an instant. */
  #advance(at: bigint): void {
    while (this.#part.to <= at && this.#part.from < this.#period.toUtcNs) {
      this.#coverPart();
      this.#parts.push(this.#part.finish(this.#node));
      if (this.#part.to >= this.#period.toUtcNs) {
        this.#part = new RowBuilder(this.#period.toUtcNs, this.#period.toUtcNs + 1n);
        return;
      }
      this.#part = this.#partFrom(this.#part.to);
    }
  }

  /** The stretch that is not over yet, as far as the part goes: the next measurement is not before its end. */
  #coverPart(): void {
    const open = this.#measured;
    if (open !== undefined)
      this.#part.cover(open.at, smaller(open.at + this.#period.maxSpacingNs, this.#part.to), open.within);
  }

  /** The newest measurement speaks until here, or until the largest spacing is over. */
  #speak(until: bigint): void {
    const open = this.#measured;
    if (open === undefined) return;
    const to = smaller(until, open.at + this.#period.maxSpacingNs);
    this.#overall.cover(open.at, to, open.within);
    this.#part.cover(open.at, to, open.within);
  }

  #measure(at: bigint, divergence: bigint): void {
    const within = divergence <= this.#period.limitNs;
    this.#speak(at);
    this.#measured = { at, within };
    this.#noteGap(at);
    this.#covered = at;
    if (within) {
      this.#closeRun(at, false);
      this.#lastWithin = at;
    } else if (this.#run === undefined) this.#run = { start: at, end: at, max: divergence };
    else {
      this.#run.end = at;
      this.#run.max = larger(this.#run.max, divergence);
    }
  }

  #noteGap(at: bigint): void {
    if (at - this.#covered > this.#period.maxSpacingNs)
      this.#gaps.push({ node: this.#node, fromUtcNs: this.#covered, toUtcNs: at });
  }

  #closeRun(affectedToUtcNs: bigint, open: boolean): void {
    if (this.#run === undefined) return;
    const { start: startUtcNs, end: endUtcNs, max: maxDivergenceNs } = this.#run;
    const affectedFromUtcNs = this.#lastWithin;
    this.#excursions.push({
      ...{ node: this.#node, startUtcNs, endUtcNs, maxDivergenceNs, affectedFromUtcNs, affectedToUtcNs, open },
    });
    this.#run = undefined;
  }

  #noteHoldover({ timeUtcNs, holdover, uncertaintyNs }: ClockObservation): void {
    if (!holdover) {
      this.#closeHoldover(timeUtcNs, false);
      return;
    }
    this.#holdover ??= { from: timeUtcNs, max: null };
    const { max } = this.#holdover;
    if (uncertaintyNs !== null) this.#holdover.max = max === null ? uncertaintyNs : larger(max, uncertaintyNs);
  }

  #closeHoldover(toUtcNs: bigint, open: boolean): void {
    if (this.#holdover === undefined) return;
    const { from: fromUtcNs, max: maxUncertaintyNs } = this.#holdover;
    this.#holdovers.push({ node: this.#node, fromUtcNs, toUtcNs, maxUncertaintyNs, open });
    this.#holdover = undefined;
  }

  #noteChanges(observation: ClockObservation): void {
    for (const [what, read] of WATCHED) {
      const to = read(observation);
      if (to === null) continue;
      const from = this.#last.get(what);
      this.#last.set(what, to);
      if (from !== undefined && from !== to)
        this.#changes.push({ atUtcNs: observation.timeUtcNs, node: this.#node, what, from, to });
    }
  }
}
