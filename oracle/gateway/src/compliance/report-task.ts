import { createHash } from "node:crypto";
import {
  AuditReport,
  type AuditReportInput,
  auditReportBytes,
  buildAuditReport,
  toCsv,
} from "@chronoledger/compliance";
import { type ReportProof, renderAuditReportPdf } from "@chronoledger/compliance/pdf";
import type { ReportSummary } from "@chronoledger/core/gateway";

/** Work on a report that is computation alone. `text`: the report's canonical JSON. Values that can be sent to another thread. */
export type ReportTask =
  | { readonly kind: "build"; readonly input: AuditReportInput }
  | { readonly kind: "csv"; readonly text: string }
  | { readonly kind: "pdf"; readonly text: string; readonly proof: ReportProof };
export type BuiltReport = { readonly summary: ReportSummary; readonly text: string };
export type TaskResult<Task extends ReportTask> = Task extends { kind: "build" }
  ? BuiltReport
  : Task extends { kind: "csv" }
    ? string
    : Uint8Array;

const open = (text: string): AuditReport => AuditReport.parse(JSON.parse(text));

function build(input: AuditReportInput): BuiltReport {
  const report = buildAuditReport(input);
  const bytes = auditReportBytes(report);
  const { reportId: id, fromUtcNs, toUtcNs, createdUtcNs, stamps, excursions, verdict } = report;
  return {
    summary: {
      ...{ id, fromUtcNs, toUtcNs, createdUtcNs },
      imprint: Uint8Array.from(createHash("sha256").update(bytes).digest()),
      stamps: stamps.count,
      excursions: excursions.length,
      verdict: verdict.result,
    },
    text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"),
  };
}

/** The CSV parts one after the other, each after a line with its name, with an empty line between: `# stamps.csv`. */
const csv = (text: string): string =>
  toCsv(open(text))
    .map((part) => `# ${part.name}\r\n${part.text}`)
    .join("\r\n");

export async function doReportTask(task: ReportTask): Promise<TaskResult<ReportTask>> {
  switch (task.kind) {
    case "build":
      return build(task.input);
    case "csv":
      return csv(task.text);
    case "pdf":
      return renderAuditReportPdf(open(task.text), task.proof);
  }
}
