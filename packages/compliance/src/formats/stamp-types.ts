import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { ActivityClass, Citation, Regime } from "../regimes/clock-rule.ts";
import { plainText } from "../text.ts";

/** A leap second that is announced for the end of this UTC month. */
export const LeapAnnouncement = z.enum(["none", "insertion", "deletion"]);
export type LeapAnnouncement = z.infer<typeof LeapAnnouncement>;

/** What was stamped, and on what it rests. */
export const StampInput = z.strictObject({
  timeTaiNs: U64,
  uncertaintyNs: U64,
  /** Seconds, from the statement. */
  taiMinusUtc: z.int().min(-32_768).max(32_767),
  leap: LeapAnnouncement,
  /** Test flag of the signed statement. */
  test: z.boolean(),
  /** The quorum's word: the stamped data existed before this instant. Null until the certificate exists. */
  existedBeforeTaiNs: U64.nullable(),
  /** Precision of the caller's tier, a power of ten: 1 ms, 1 us or 1 ns. */
  precisionNs: U64,
});
export type StampInput = z.infer<typeof StampInput>;

export const StampReason = z.strictObject({
  code: z.enum(["test-flag", "uncertainty-beyond-limit", "granularity-too-coarse", "no-certificate-yet"]),
  text: plainText(300),
});
export type StampReason = z.infer<typeof StampReason>;

/** One printed time, with what it is worth under one rule. Plain values only: also what the gateway sends. */
export const RegulatedStamp = z.strictObject({
  regime: Regime,
  class: ActivityClass,
  /** The printed time. */
  value: plainText(40),
  format: plainText(60),
  timeUtcNs: U64,
  /** Of the clock reading: what is held against the divergence limit. */
  uncertaintyNs: U64,
  /** Of the printed value: the true time lies within this of `value`. Wider by what the digits left out. */
  valueUncertaintyNs: U64,
  granularityNs: U64,
  requiredGranularityNs: U64,
  divergenceLimitNs: U64.nullable(),
  /** Null where the act sets no divergence limit. */
  withinLimit: z.boolean().nullable(),
  /** Whether nothing speaks against it: `reasons` is empty. */
  compliant: z.boolean(),
  reasons: z.array(StampReason),
  existedBeforeUtcNs: U64.nullable(),
  test: z.boolean(),
  citation: Citation,
});
export type RegulatedStamp = z.infer<typeof RegulatedStamp>;

export const MifidClass = ActivityClass.extract([
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
]);
export type MifidClass = z.infer<typeof MifidClass>;
export const CatClass = ActivityClass.extract(["cat-industry-member", "cat-manual", "cat-participant"]);
export type CatClass = z.infer<typeof CatClass>;
