import { U64 } from "@chronoledger/core";
import * as z from "zod";
import { plainText } from "../text.ts";
import { TraceabilityChain } from "../traceability-chain.ts";
import { LeapAnnouncement } from "./stamp-types.ts";

export const EXPORT_COLUMNS = [
  "id",
  "time",
  "utcNs",
  "uncertaintyNs",
  "existedBefore",
  "regime",
  "imprint",
  "sequence",
  "test",
] as const;

/** RFC 3161 tokens are made elsewhere: they are signed. */
export const ComplianceExportOptions = z.discriminatedUnion("format", [
  z.strictObject({
    format: z.literal("NIST"),
    /** The daytime label is UTC(NIST) only when this chain ends there. */
    chain: TraceabilityChain,
  }),
  z.strictObject({ format: z.literal("ISO8601"), digits: z.int().min(0).max(9) }),
  z.strictObject({
    format: z.literal("Custom"),
    columns: z.array(z.enum(EXPORT_COLUMNS)).min(1).max(EXPORT_COLUMNS.length),
    digits: z.int().min(0).max(9),
    delimiter: z.enum([",", ";", "\t"]),
    header: z.boolean(),
  }),
]);
export type ComplianceExportOptions = z.infer<typeof ComplianceExportOptions>;

export const ComplianceExportRow = z.strictObject({
  id: plainText(100),
  timeUtcNs: U64,
  uncertaintyNs: U64,
  existedBeforeUtcNs: U64.nullable(),
  regime: plainText(40).nullable(),
  /** Hex or base64url, as the caller keeps it. */
  imprint: plainText(128).nullable(),
  sequence: U64.nullable(),
  leap: LeapAnnouncement,
  test: z.boolean(),
});
export type ComplianceExportRow = z.infer<typeof ComplianceExportRow>;

export const ComplianceExportFile = z.strictObject({
  name: plainText(100),
  mediaType: plainText(100),
  text: z.string(),
});
export type ComplianceExportFile = z.infer<typeof ComplianceExportFile>;
