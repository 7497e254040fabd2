import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { ActivityClass, Citation, ClockRule, Regime } from "../regimes/clock-rule.ts";
import { plainText } from "../text.ts";

export const Role = z.enum([
  "trading-venue",
  "systematic-internaliser",
  "venue-member",
  "dpe",
  "apa",
  "ctp",
  "cat-industry-member",
  "cat-participant",
  "sft-counterparty",
  "derivative-counterparty",
]);
export type Role = z.infer<typeof Role>;
export const Activity = z.enum(["hft", "voice", "human-rfq", "negotiated", "other-trading", "manual-orders"]);
export type Activity = z.infer<typeof Activity>;

/** One system that puts times on events. Null: the firm does not know. */
export const SystemAnswers = z.strictObject({
  name: plainText(100),
  roles: z.array(Role).max(10),
  activities: z.array(Activity).max(6),
  /** Gateway-to-gateway latency at the 99th percentile; asked of venues and systematic internalisers. */
  gatewayLatencyP99Ns: U64.nullable(),
  /** Largest observed divergence of its clock from UTC, measurement uncertainty included. */
  maxDivergenceNs: U64.nullable(),
  granularityNs: U64.nullable(),
  stampingPointIdentified: z.boolean().nullable(),
});
export type SystemAnswers = z.infer<typeof SystemAnswers>;

export const ComplianceAnswers = z.strictObject({
  atUtcNs: U64,
  jurisdictions: z.array(z.enum(["EU", "UK", "US"])).max(3),
  systems: z.array(SystemAnswers).min(1).max(50),
  /** "device-only": a calibrated box, and no record of comparisons. */
  traceability: z.enum(["documented-chain", "device-only", "none"]).nullable(),
  satellite: z.enum(["not-used", "offset-removed", "offset-not-removed"]).nullable(),
  monitoring: z.enum(["continuous", "each-business-day", "none"]).nullable(),
  /** Synchronised each business day before the open and during the day, with a log: asked in the US. */
  businessDaySync: z.boolean().nullable(),
  monthsSinceReview: z.int().min(0).max(1_200).nullable(),
  retentionYears: z.int().min(0).max(100).nullable(),
  easilyAccessibleYears: z.int().min(0).max(100).nullable(),
});
export type ComplianceAnswers = z.infer<typeof ComplianceAnswers>;

export const FINDINGS = [
  "divergence",
  "granularity",
  "gateway-latency",
  "stamping-point",
  "traceability",
  "satellite-offset",
  "monitoring",
  "business-day-sync",
  "annual-review",
  "retention",
  "easy-access",
] as const;
export const Finding = z.strictObject({
  id: z.enum(FINDINGS),
  /** "unknown": the answer was not given, so the duty is not shown to be met. */
  kind: z.enum(["missing", "unknown"]),
  regime: Regime,
  text: plainText(400),
  remedy: plainText(400),
  citation: Citation,
});
export type Finding = z.infer<typeof Finding>;

export const SystemVerdict = z.strictObject({
  name: plainText(100),
  regime: Regime,
  /** All classes that its roles and activities put it in. */
  classes: z.array(ActivityClass),
  /** The strictest of them: what the one clock of this system must keep. */
  binding: ClockRule,
  /** Null when an answer is missing. */
  clockGoodEnough: z.boolean().nullable(),
  findings: z.array(Finding),
});
export type SystemVerdict = z.infer<typeof SystemVerdict>;

export const ComplianceCheck = z.strictObject({
  atUtcNs: U64,
  verdict: z.enum(["meets", "falls-short", "incomplete", "no-rule-applies"]),
  systems: z.array(SystemVerdict),
  /** Of the firm as a whole, once for each regime. */
  findings: z.array(Finding),
  /** What the verdict does not say. */
  caveats: z.array(plainText(400)),
});
export type ComplianceCheck = z.infer<typeof ComplianceCheck>;
