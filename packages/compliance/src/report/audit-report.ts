import { U64 } from "@chronoledger/core";
import * as z from "zod";
import {
  ClockStatistics,
  CoverageGap,
  DivergenceRow,
  HoldoverPeriod,
  ObservedChange,
} from "../monitoring/statistics-types.ts";
import { ActivityClass, Citation, Regime } from "../regimes/clock-rule.ts";
import { plainText } from "../text.ts";
import {
  AnnualReview,
  AssessedClock,
  CertificateAnchor,
  ClockInventoryItem,
  DeclaredClass,
  KeyEvent,
  NetworkIdentity,
  ReportedExcursion,
  ReportStamp,
  SoftwareChange,
  SoftwareItem,
  TestRecord,
} from "./report-parts.ts";

export const REPORT_SCHEMA = "chronoledger/audit-report/1";
const MAX_ROWS = 100_000;

/** All that {@link buildAuditReport} needs; it reads no clock and fetches nothing. */
export const AuditReportInput = z.strictObject({
  reportId: plainText(100),
  createdUtcNs: U64,
  fromUtcNs: U64,
  toUtcNs: U64,
  organisation: plainText(200),
  account: plainText(100),
  network: NetworkIdentity,
  declared: z.array(z.strictObject({ regime: Regime, class: ActivityClass })).max(20),
  clocks: z.array(ClockInventoryItem).max(64),
  statistics: ClockStatistics,
  /** Actions on record, by node and start of the excursion. */
  actions: z
    .array(z.strictObject({ node: z.int().min(0).max(31), startUtcNs: U64, action: plainText(500) }))
    .max(MAX_ROWS),
  software: z.array(SoftwareItem).max(1_000),
  softwareChanges: z.array(SoftwareChange).max(MAX_ROWS),
  tests: z.array(TestRecord).max(MAX_ROWS),
  keyEvents: z.array(KeyEvent).max(MAX_ROWS),
  stamps: z.array(ReportStamp).max(MAX_ROWS),
  /** All stamps of the period, also those left out of `stamps`. */
  stampCount: z.int().min(0),
  includeProofs: z.boolean(),
  retentionYears: z.int().min(1).max(100),
  review: AnnualReview,
  certificates: z.strictObject({
    count: z.int().min(0),
    first: CertificateAnchor.nullable(),
    last: CertificateAnchor.nullable(),
  }),
});
export type AuditReportInput = z.infer<typeof AuditReportInput>;

export const ReportVerdict = z.strictObject({
  /**
   * "no-evidence": a test network, or nothing was measured. "incomplete": measurements are missing for part of the period,
   * or a chain ends short of UTC(k). "excursions": a clock left its limit. "within-limit": none of these.
   */
  result: z.enum(["within-limit", "excursions", "incomplete", "no-evidence"]),
  text: plainText(1_000),
  restsOn: z.array(plainText(500)),
  reservations: z.array(plainText(500)),
});
export type ReportVerdict = z.infer<typeof ReportVerdict>;

/** The audit report. Its canonical JSON bytes are what is stamped; CSV and PDF are views of it. */
export const AuditReport = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  reportId: plainText(100),
  createdUtcNs: U64,
  fromUtcNs: U64,
  toUtcNs: U64,
  organisation: plainText(200),
  account: plainText(100),
  /** Set when any clock, stamp or observation carries the test flag. */
  test: z.boolean(),
  /** To be read first. With the test flag the first one says that this is no evidence for a regulator. */
  notices: z.array(plainText(500)),
  verdict: ReportVerdict,
  network: NetworkIdentity,
  declared: z.array(DeclaredClass),
  clocks: z.array(AssessedClock),
  divergence: z.strictObject({
    limitNs: U64,
    maxSpacingNs: U64,
    includesMeasurementUncertainty: z.literal(true),
    overall: z.array(DivergenceRow),
    parts: z.array(DivergenceRow),
  }),
  excursions: z.array(ReportedExcursion),
  gaps: z.array(CoverageGap),
  holdovers: z.array(HoldoverPeriod),
  leapSeconds: z.strictObject({
    /** TAI-UTC in seconds; null when nothing was observed. */
    atStart: z.int().nullable(),
    atEnd: z.int().nullable(),
    record: z.array(ObservedChange),
  }),
  software: z.array(SoftwareItem),
  softwareChanges: z.array(SoftwareChange),
  /** Changes that show in the observations themselves. */
  observedChanges: z.array(ObservedChange),
  tests: z.array(TestRecord),
  keyEvents: z.array(KeyEvent),
  stamps: z.strictObject({
    count: z.int().min(0),
    listed: z.int().min(0),
    proofsIncluded: z.boolean(),
    byRegime: z.array(
      z.strictObject({
        regime: Regime.nullable(),
        class: ActivityClass.nullable(),
        count: z.int().min(0),
        /** Uncertainty beyond the divergence limit in force at the stamp; null where there is no limit. */
        outsideLimit: z.int().min(0).nullable(),
      }),
    ),
    items: z.array(ReportStamp),
  }),
  retention: z.strictObject({
    years: z.int().min(1),
    keepUntilUtcNs: U64,
    required: z.array(z.strictObject({ regime: Regime, years: z.int(), citation: Citation, met: z.boolean() })),
  }),
  annualReview: z.strictObject({
    ...AnnualReview.shape,
    /** One year after the last one; null when there was none. */
    dueUtcNs: U64.nullable(),
    /** Only where a declared regime asks for a review. */
    overdue: z.boolean(),
    /** Null where none does. */
    citation: Citation.nullable(),
  }),
  verification: z.strictObject({
    hash: z.literal("SHA-256"),
    canonicalisation: z.literal("RFC 8785"),
    certificates: AuditReportInput.shape.certificates,
    steps: z.array(plainText(500)),
  }),
});
export type AuditReport = z.infer<typeof AuditReport>;
