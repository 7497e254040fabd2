import { ChronoError, sha256 } from "@chronoledger/core";
import { AuditReport } from "./audit-report.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * RFC 8785 for what our documents hold: strings, booleans, null, arrays, objects, and numbers that are safe integers (a time
 * or a duration is a string). For these JSON.stringify already writes what the RFC asks; only the keys have to be put in
 * order, by UTF-16 code units, which is how JavaScript compares strings.
 * @throws input/malformed for a number that is no safe integer, an unpaired surrogate, or a value that is not JSON.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new ChronoError("input/malformed", { what: "string with an unpaired surrogate" });
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value))
      throw new ChronoError("input/malformed", { what: "number that is no safe integer", value: String(value) });
    return String(value === 0 ? 0 : value);
  }
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonicalJson(item)).join(",")}]`;
  if (typeof value !== "object")
    throw new ChronoError("input/malformed", { what: "value that is not JSON", type: typeof value });
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`)
    .join(",")}}`;
}

/** The bytes that are stamped and kept: what `chrono verify` takes as the file. */
export const auditReportBytes = (report: AuditReport): Uint8Array =>
  new TextEncoder().encode(canonicalJson(AuditReport.encode(report) as JsonValue));

/** SHA-256 of {@link auditReportBytes}: the imprint that the gateway has stamped. */
export const auditReportImprint = (report: AuditReport): Uint8Array => sha256(auditReportBytes(report));
