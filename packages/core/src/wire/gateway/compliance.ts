import * as z from "zod";
import { Hash, U64 } from "../json.ts";
import { idOf, PlainText, pageOf } from "./page.ts";
import { Stamp } from "./stamps.ts";

export const Regime = z.enum(["mifid2-eu", "mifid2-uk", "cat", "sftr"]);
export type Regime = z.infer<typeof Regime>;

/** POST /v1/compliance/stamps. The record itself stays with the client: only its SHA-256 is sent. */
export const ComplianceStampRequest = z.strictObject({
  regime: Regime,
  /** Class of the regime's tables, such as "hft" or "industry-member"; the strictest when absent. */
  activity: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  imprint: Hash,
  /** The client's own name of the record, for reports: an order id, never a person. */
  reference: PlainText(100).optional(),
});
export const ComplianceStamp = z.object({
  regime: Regime,
  activity: z.string(),
  /** The instant in the regime's own format. */
  value: z.string(),
  granularityNs: U64,
  /** Where the act sets none (SFTR), the format's granularity. */
  divergenceLimitNs: U64,
  /** Of `value`: the reading's, and what the format's digits dropped. */
  uncertaintyNs: U64,
  withinLimit: z.boolean(),
  /** Why this is not evidence under the regime; empty when it is. */
  reasons: z.array(z.string()),
  citation: z.string(),
  stamp: Stamp,
});
export type ComplianceStamp = z.infer<typeof ComplianceStamp>;

/** POST /v1/compliance/exports */
export const ExportRequest = z.strictObject({
  format: z.enum(["NIST", "ISO8601", "RFC3161", "Custom"]),
  fromUtcNs: U64,
  toUtcNs: U64,
  regime: Regime.optional(),
  /** Columns of "Custom". */
  columns: z
    .array(z.enum(["id", "time", "uncertaintyNs", "regime", "reference", "imprint", "sequence", "proof"]))
    .min(1)
    .max(8)
    .optional(),
  /** Fraction digits of "ISO8601" and "Custom". */
  digits: z.int().min(0).max(9).optional(),
});
export const ComplianceExport = z.object({
  format: z.string(),
  mediaType: z.string(),
  /** Entries, a batch being one; for RFC3161 tokens, which a batch has for each leaf. */
  count: z.int(),
  /** Text, or base64 where `encoding` says so. Of RFC3161: a JSON array of `{id, token}`, the token in base64 of DER. */
  content: z.string(),
  encoding: z.enum(["text", "base64"]),
});
export type ComplianceExport = z.infer<typeof ComplianceExport>;

export const ReportId = idOf("ar");
/**
 * POST /v1/compliance/reports; then GET .../ID as JSON, `text/csv` or `application/pdf` by the Accept header, or as
 * `application/vnd.chronoledger.audit-report+json`: the stamped bytes alone.
 */
export const ReportRequest = z.strictObject({
  fromUtcNs: U64,
  toUtcNs: U64,
  includeProofs: z.boolean().default(false),
  regime: Regime.default("mifid2-eu"),
  activity: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .optional(),
  firm: PlainText(200).optional(),
});
export const ReportSummary = z.object({
  id: ReportId,
  fromUtcNs: U64,
  toUtcNs: U64,
  createdUtcNs: U64,
  imprint: Hash,
  stamps: z.int(),
  excursions: z.int(),
  verdict: z.string(),
});
export type ReportSummary = z.infer<typeof ReportSummary>;
export const ReportPage = pageOf(ReportSummary);
/** `report` is the model of @chronoledger/compliance; `stamp` stamps the SHA-256 of its canonical JSON. */
export const StoredReport = z.object({ summary: ReportSummary, report: z.unknown(), stamp: Stamp });

export const AlertId = idOf("al");
export const RuleId = idOf("mr");
/** `rule` is a MonitoringRule of @chronoledger/compliance, without `id` and `name`; `clearAfterNs` is 0 unless given. */
export const CreateRule = z.strictObject({ name: PlainText(100), rule: z.unknown() });
export const Rule = z.object({
  id: RuleId,
  name: z.string(),
  rule: z.unknown(),
  breached: z.boolean(),
  createdUtcNs: U64,
});
export type Rule = z.infer<typeof Rule>;
export const RulePage = pageOf(Rule);
export const Alert = z.object({
  id: AlertId,
  ruleId: RuleId,
  kind: z.enum(["raised", "cleared"]),
  timeUtcNs: U64,
  message: z.string(),
});
export type Alert = z.infer<typeof Alert>;
export const AlertPage = pageOf(Alert);

/** GET and PUT /v1/compliance/retention: how long this account's records are kept at least. Nothing is deleted before. */
export const Retention = z.strictObject({ years: z.int().min(5).max(30) });
