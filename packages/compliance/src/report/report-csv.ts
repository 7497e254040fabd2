import { ChronoError } from "@chronoledger/core";
import type { AuditReport } from "./audit-report.ts";
export type CsvPart = { readonly name: string; readonly text: string };
export const toCsv = (_report: AuditReport): CsvPart[] => {
  throw new ChronoError("internal/unexpected");
};
