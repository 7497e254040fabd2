import { ChronoError } from "@chronoledger/core";
import type { AuditReport, AuditReportInput } from "./audit-report.ts";
export const buildAuditReport = (_input: AuditReportInput): AuditReport => {
  throw new ChronoError("internal/unexpected");
};
