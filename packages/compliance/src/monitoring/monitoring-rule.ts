import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { plainText } from "../text.ts";
import { ClockObservation } from "./clock-observation.ts";

const base = {
  id: plainText(100),
  name: plainText(200),
  /** A breach ends only after everything was good for this long: a value that hovers about the limit raises one alert. */
  clearAfterNs: U64,
};
/** Null: every node, each by itself. */
const node = z.int().min(0).max(31).nullable();

export const MonitoringRule = z.discriminatedUnion("kind", [
  z.strictObject({ ...base, kind: z.literal("divergence-above"), node, limitNs: U64 }),
  z.strictObject({ ...base, kind: z.literal("uncertainty-above"), node, limitNs: U64 }),
  z.strictObject({ ...base, kind: z.literal("gap-longer-than"), node, durationNs: U64 }),
  z.strictObject({ ...base, kind: z.literal("node-not-healthy"), node, durationNs: U64 }),
  z.strictObject({ ...base, kind: z.literal("stamp-outside-limit"), limitNs: U64 }),
  z.strictObject({
    ...base,
    kind: z.literal("certificate-rate-below"),
    /** Certificates a minute, over the window before each look. */
    perMinute: z.int().min(1).max(60_000),
    windowNs: U64,
  }),
  z.strictObject({ ...base, kind: z.literal("test-flag-seen"), node }),
]);
export type MonitoringRule = z.infer<typeof MonitoringRule>;

/** What a rule is held against: all that came since the last look. What was looked at before does no harm. */
export const MonitoringEvidence = z.strictObject({
  /** The time of this look. */
  nowUtcNs: U64,
  observations: z.array(ClockObservation).max(1_000_000),
  stamps: z.array(z.strictObject({ id: plainText(100), timeUtcNs: U64, uncertaintyNs: U64 })).max(1_000_000),
  /** Times of the certificates of at least the rule's window. */
  certificatesUtcNs: z.array(U64).max(1_000_000),
});
export type MonitoringEvidence = z.infer<typeof MonitoringEvidence>;

/** Kept between two looks, for each subject ("node 3", "stamps", "certificates"). */
export const SubjectState = z.strictObject({
  breached: z.boolean(),
  /** Start of the present breach; null when there is none. */
  sinceUtcNs: U64.nullable(),
  /** The worst value of the present breach: ns, or certificates a minute. */
  worst: U64.nullable(),
  goodSinceUtcNs: U64.nullable(),
  /** Nothing at or before this instant is looked at again. */
  lastUtcNs: U64.nullable(),
  unhealthySinceUtcNs: U64.nullable(),
});
export type SubjectState = z.infer<typeof SubjectState>;
export const RuleState = z.strictObject({
  state: z.enum(["ok", "breached"]),
  subjects: z.record(plainText(60), SubjectState),
});
export type RuleState = z.infer<typeof RuleState>;

export const MonitoringAlert = z.strictObject({
  ruleId: plainText(100),
  kind: z.enum(["raised", "ended"]),
  subject: plainText(60),
  atUtcNs: U64,
  sinceUtcNs: U64,
  worst: U64.nullable(),
  text: plainText(500),
});
export type MonitoringAlert = z.infer<typeof MonitoringAlert>;

export type Evaluation = {
  readonly state: "ok" | "breached";
  readonly next: RuleState;
  readonly alerts: MonitoringAlert[];
};
