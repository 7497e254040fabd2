import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { plainText } from "../text.ts";

const Node = z.int().min(0).max(31);
/** Parts of a million, rounded down: 1,000,000 means all of it. */
const Ppm = z.int().min(0).max(1_000_000);

/** Divergence includes the measurement uncertainty. The four values are null when nothing was measured. */
export const DivergenceRow = z.strictObject({
  fromUtcNs: U64,
  toUtcNs: U64,
  node: Node,
  /** Observations, and those of them with a measurement. */
  count: z.int().min(0),
  measured: z.int().min(0),
  p50Ns: U64.nullable(),
  p95Ns: U64.nullable(),
  p99Ns: U64.nullable(),
  maxNs: U64.nullable(),
  maxUncertaintyNs: U64.nullable(),
  /** Share of the covered time within the limit; null when no time is covered. */
  withinLimitPpm: Ppm.nullable(),
  /** Share of the period that measurements cover, none of them stretched beyond the largest spacing. */
  coveredPpm: Ppm,
});
export type DivergenceRow = z.infer<typeof DivergenceRow>;

export const CoverageGap = z.strictObject({ node: Node, fromUtcNs: U64, toUtcNs: U64 });
export type CoverageGap = z.infer<typeof CoverageGap>;

export const Excursion = z.strictObject({
  node: Node,
  /** First and last measurement beyond the limit. */
  startUtcNs: U64,
  endUtcNs: U64,
  maxDivergenceNs: U64,
  /** From the last measurement within the limit before it to the first one after: all stamps between are in doubt. */
  affectedFromUtcNs: U64,
  affectedToUtcNs: U64,
  /** Whether it still lasted at the end of the period. */
  open: z.boolean(),
});
export type Excursion = z.infer<typeof Excursion>;

export const HoldoverPeriod = z.strictObject({
  node: Node,
  fromUtcNs: U64,
  toUtcNs: U64,
  maxUncertaintyNs: U64.nullable(),
  open: z.boolean(),
});
export type HoldoverPeriod = z.infer<typeof HoldoverPeriod>;

export const ObservedChange = z.strictObject({
  atUtcNs: U64,
  node: Node,
  what: z.enum(["epoch", "key", "configuration", "source", "test-flag", "tai-minus-utc", "leap-announcement"]),
  from: plainText(200),
  to: plainText(200),
});
export type ObservedChange = z.infer<typeof ObservedChange>;

export const ClockStatistics = z.strictObject({
  fromUtcNs: U64,
  toUtcNs: U64,
  limitNs: U64,
  maxSpacingNs: U64,
  /** One row a node over the whole period, then one row a node and part of it. */
  overall: z.array(DivergenceRow),
  parts: z.array(DivergenceRow),
  excursions: z.array(Excursion),
  gaps: z.array(CoverageGap),
  holdovers: z.array(HoldoverPeriod),
  changes: z.array(ObservedChange),
  /** TAI-UTC in seconds as first and last seen; null without observations. */
  taiMinusUtc: z.strictObject({ first: z.int(), last: z.int() }).nullable(),
  testFlagSeen: z.boolean(),
});
export type ClockStatistics = z.infer<typeof ClockStatistics>;
