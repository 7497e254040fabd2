import { bytesCodec, Hash, U32, U64 } from "@chronoledger/core";
import * as z from "zod";
import { Excursion } from "../monitoring/statistics-types.ts";
import { ActivityClass, Citation, Regime } from "../regimes/clock-rule.ts";
import { plainText } from "../text.ts";
import { ChainAssessment, TraceabilityChain } from "../traceability-chain.ts";

/** A clock that takes part, what disciplines it, and where exactly it puts its time on an event. */
export const ClockInventoryItem = z.strictObject({
  id: plainText(100),
  node: z.int().min(0).max(31).nullable(),
  operator: plainText(100),
  location: plainText(100),
  device: plainText(200),
  source: plainText(200),
  /** Where on the path of an event the time is read, such as "after TLS termination, before the request body is parsed". */
  stampingPoint: plainText(500),
  keyId: plainText(100),
  /** What the node's key lives in. "software" is never called hardware. */
  keyProtection: z.enum(["hardware-attested", "hardware-unattested", "software"]),
  test: z.boolean(),
  chain: TraceabilityChain,
});
export type ClockInventoryItem = z.infer<typeof ClockInventoryItem>;
/** With where its chain really ends, as this library judges it. */
export const AssessedClock = z.strictObject({ ...ClockInventoryItem.shape, assessment: ChainAssessment });
export type AssessedClock = z.infer<typeof AssessedClock>;

export const DeclaredClass = z.strictObject({
  regime: Regime,
  class: ActivityClass,
  title: plainText(200),
  divergenceLimitNs: U64.nullable(),
  granularityNs: U64,
  citation: Citation,
  /** The rule changed within the period: this row holds from here to there. */
  fromUtcNs: U64,
  toUtcNs: U64,
});
export type DeclaredClass = z.infer<typeof DeclaredClass>;

export const ReportedExcursion = z.strictObject({
  ...Excursion.shape,
  /** Stamps of this account that lie in the affected range. */
  affectedStamps: z.int().min(0),
  /** What was done about it; null: nothing is on record. */
  action: plainText(500).nullable(),
});
export type ReportedExcursion = z.infer<typeof ReportedExcursion>;

export const SoftwareItem = z.strictObject({
  component: plainText(100),
  version: plainText(100),
  digest: plainText(128).nullable(),
  sinceUtcNs: U64.nullable(),
});
export type SoftwareItem = z.infer<typeof SoftwareItem>;
export const SoftwareChange = z.strictObject({
  atUtcNs: U64,
  component: plainText(100),
  what: plainText(200),
  from: plainText(200),
  to: plainText(200),
  by: plainText(100).nullable(),
});
export type SoftwareChange = z.infer<typeof SoftwareChange>;
export const TestRecord = z.strictObject({
  atUtcNs: U64,
  name: plainText(200),
  result: z.enum(["passed", "failed"]),
  detail: plainText(500),
});
export type TestRecord = z.infer<typeof TestRecord>;
export const KeyEvent = z.strictObject({
  atUtcNs: U64,
  node: z.int().min(0).max(31),
  event: z.enum(["attested", "rotated", "revoked", "reset", "epoch-change", "equivocation"]),
  detail: plainText(500),
  /** The module's reset counter as attested; null where it has none. */
  resetCount: z.int().min(0).nullable(),
});
export type KeyEvent = z.infer<typeof KeyEvent>;

export const ReportStamp = z.strictObject({
  id: plainText(100),
  timeUtcNs: U64,
  uncertaintyNs: U64,
  regime: Regime.nullable(),
  class: ActivityClass.nullable(),
  /** The printed value that was handed out; null for a plain stamp. */
  value: plainText(40).nullable(),
  imprint: Hash,
  sequence: U64.nullable(),
  test: z.boolean(),
  /** The binary proof; null when left out or not yet made. */
  proof: bytesCodec().nullable(),
});
export type ReportStamp = z.infer<typeof ReportStamp>;

export const AnnualReview = z.strictObject({
  /** Null: no review is on record. */
  lastReviewUtcNs: U64.nullable(),
  reviewer: plainText(100).nullable(),
  outcome: plainText(500).nullable(),
});
export type AnnualReview = z.infer<typeof AnnualReview>;

/** A certificate of the period, by which the whole can be checked against the network's chain. */
export const CertificateAnchor = z.strictObject({
  sequence: U64,
  timeTaiNs: U64,
  /** SHA-256 of the certificate's bytes. */
  digest: Hash,
});
export type CertificateAnchor = z.infer<typeof CertificateAnchor>;

export const NetworkIdentity = z.strictObject({
  networkId: U32,
  epoch: U32,
  policyId: U32,
  nodes: z.int().min(1).max(32),
  quorum: z.int().min(1).max(32),
  /** SHA-256 of the canonical node-set file by which a reader verifies. */
  nodeSetDigest: Hash,
});
export type NetworkIdentity = z.infer<typeof NetworkIdentity>;
