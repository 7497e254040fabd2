export { type ReportProof, renderAuditReportPdf } from "./render-audit-report.ts";
