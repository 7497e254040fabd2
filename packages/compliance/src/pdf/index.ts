export { renderAuditReportPdf } from "./render-audit-report.ts";
