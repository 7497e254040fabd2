import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { plainText } from "../text.ts";

export const REGIMES = ["mifid-eu", "mifid-uk", "cat", "sftr", "emir"] as const;
export const Regime = z.enum(REGIMES);
export type Regime = z.infer<typeof Regime>;

/**
 * What a system does, as the tables of the acts divide it. "slow" and "fast": gateway-to-gateway latency at the 99th
 * percentile above 1 ms, or 1 ms and below. "voice": voice, human request-for-quote and negotiated trades.
 */
export const ACTIVITY_CLASSES = [
  "venue-slow",
  "venue-fast",
  "si-slow",
  "si-fast",
  "hft",
  "voice",
  "other",
  "dpe",
  "apa",
  "ctp",
  "cat-industry-member",
  "cat-manual",
  "cat-participant",
  "reporting",
] as const;
export const ActivityClass = z.enum(ACTIVITY_CLASSES);
export type ActivityClass = z.infer<typeof ActivityClass>;

/** "secondary": taken from literature about the act; to be confirmed against the Official Journal or the rule book. */
export const Basis = z.enum(["primary", "secondary"]);
export type Basis = z.infer<typeof Basis>;

export const Citation = z.strictObject({ act: plainText(200), article: plainText(200), basis: Basis });
export type Citation = z.infer<typeof Citation>;

/** What one regime asks of the clock of one class of activity, while it is in force. */
export const ClockRule = z.strictObject({
  regime: Regime,
  class: ActivityClass,
  title: plainText(200),
  /** Largest allowed divergence from UTC; null where the act sets a format and no divergence. */
  divergenceLimitNs: U64.nullable(),
  /** The coarsest allowed granularity of a printed time. */
  granularityNs: U64,
  /** Fraction digits that this granularity needs. */
  digits: z.int().min(0).max(9),
  limitCitation: Citation,
  traceabilityCitation: Citation,
  retention: z.strictObject({
    years: z.int().min(1).max(30),
    /** What an authority may ask for beyond `years`; null when nothing. */
    onRequestYears: z.int().min(1).max(30).nullable(),
    /** Years from the start for which the record is kept easily accessible; null when the act does not say. */
    easilyAccessibleYears: z.int().min(1).max(30).nullable(),
    citation: Citation,
  }),
  validFromUtcNs: U64,
  /** Exclusive; null while in force. */
  validUntilUtcNs: U64.nullable(),
});
export type ClockRule = z.infer<typeof ClockRule>;
