import { ChronoError } from "@chronoledger/core";
import type { AuditReport } from "../report/audit-report.ts";
export type ReportProof = { readonly proofId: string };
export const renderAuditReportPdf = (_report: AuditReport, _proof?: ReportProof): Promise<Uint8Array> => {
  throw new ChronoError("internal/unexpected");
};
