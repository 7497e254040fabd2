import { bytesToHex, ChronoError, equalBytes } from "@chronoledger/core";
import { printedNs } from "../printed-duration.ts";
import type { AuditReport } from "../report/audit-report.ts";
import { auditReportImprint } from "../report/canonical-json.ts";
import { drawClocks, drawDeclared, drawDivergence, drawExcursions, drawNodeSet } from "./clock-sections.ts";
import { drawCover, list } from "./cover.ts";
import { COLOUR, type Doc, documentBytes, FONT, framePages, heading, openDocument, paragraph } from "./page-frame.ts";
import { printedPpm, printedTime } from "./printed-values.ts";
import { drawRecords, drawSignOff, drawStampList, drawStampsAndRetention } from "./record-sections.ts";
import { tableSection } from "./report-section.ts";

/** The stamp that the report itself was given. */
export type ReportProof = {
  readonly proofId: string;
  /** What the proof stamps; must be the report's own imprint. */
  readonly imprint: Uint8Array;
  readonly sequence: bigint;
  readonly existedBeforeUtcNs: bigint;
  readonly test: boolean;
};

function drawVerification(doc: Doc, report: AuditReport, imprint: string, proof: ReportProof | undefined): void {
  heading(doc, "Appendix A. How to verify this report", 120);
  paragraph(doc, "Imprint of this report (SHA-256 of its canonical JSON):", { gapAfter: 2 });
  paragraph(doc, imprint, { font: FONT.mono, size: 9 });
  paragraph(
    doc,
    proof === undefined
      ? "The report is not stamped yet: no proof was at hand when this PDF was made."
      : `Proof ${proof.proofId}, certificate ${proof.sequence}: the report existed before ${printedTime(proof.existedBeforeUtcNs, 9)}.${proof.test ? " The certificate carries the test flag." : ""}`,
    proof === undefined || proof.test ? { colour: COLOUR.bad } : {},
  );
  list(doc, "Steps", report.verification.steps);
  drawNodeSet(doc, report);
  const { first, last, count } = report.verification.certificates;
  tableSection(doc, {
    title: "Certificates of the period",
    intro: `${count} certificates. The first and the last, by which the chain between them can be checked:`,
    minor: true,
    columns: [
      { title: "", share: 0.08 },
      { title: "Sequence", share: 0.15, align: "right" },
      { title: "TAI, ns since 1970", share: 0.22, align: "right" },
      { title: "SHA-256 of the certificate", share: 0.55, mono: true },
    ],
    rows: (
      [
        ["first", first],
        ["last", last],
      ] as const
    ).flatMap(([name, anchor]) =>
      anchor === null ? [] : [[name, String(anchor.sequence), String(anchor.timeTaiNs), bytesToHex(anchor.digest)]],
    ),
    none: "There is no certificate in the period.",
  });
}

function drawParts(doc: Doc, report: AuditReport): void {
  const { parts, limitNs } = report.divergence;
  tableSection(doc, {
    title: "Appendix B. Divergence by part of the period",
    columns: [
      { title: "From (UTC)", share: 0.2 },
      { title: "Node", share: 0.07 },
      { title: "Measured", share: 0.13, align: "right" },
      { title: "50 %", share: 0.11, align: "right" },
      { title: "99 %", share: 0.11, align: "right" },
      { title: "Largest", share: 0.12, align: "right" },
      { title: "Within limit", share: 0.13, align: "right" },
      { title: "Covered", share: 0.13, align: "right" },
    ],
    rows: parts.map((row) => [
      printedTime(row.fromUtcNs),
      String(row.node),
      `${row.measured} of ${row.count}`,
      printedNs(row.p50Ns),
      printedNs(row.p99Ns),
      { text: printedNs(row.maxNs), bad: row.maxNs !== null && row.maxNs > limitNs },
      printedPpm(row.withinLimitPpm),
      printedPpm(row.coveredPpm),
    ]),
    none: "No node was observed.",
  });
}

/**
 * The report as a PDF (A4, standard fonts, text that can be searched). Same report and proof, same bytes. It is a view: what
 * is stamped is the canonical JSON, whose imprint is printed on each page. Characters outside Windows-1252 print as "?".
 * @throws proof/context when the proof stamps something other than this report.
 */
export async function renderAuditReportPdf(report: AuditReport, proof?: ReportProof): Promise<Uint8Array> {
  const imprint = auditReportImprint(report);
  if (proof !== undefined && !equalBytes(proof.imprint, imprint))
    throw new ChronoError(
      "proof/context",
      { proof: bytesToHex(proof.imprint), report: bytesToHex(imprint) },
      { remedy: "Give the proof of exactly this report" },
    );
  const doc = openDocument({
    title: `Audit report on clock synchronisation, ${report.organisation}`,
    author: report.organisation,
    subject: report.reportId,
    created: new Date(Number(report.createdUtcNs / 1_000_000n)),
  });
  const hex = bytesToHex(imprint);
  drawCover(doc, report);
  drawDeclared(doc, report);
  drawClocks(doc, report);
  drawDivergence(doc, report);
  drawExcursions(doc, report);
  drawRecords(doc, report);
  drawStampsAndRetention(doc, report);
  drawSignOff(doc);
  drawVerification(doc, report, hex, proof);
  drawParts(doc, report);
  drawStampList(doc, report);
  framePages(
    doc,
    [`Report ${report.reportId}`, `SHA-256 ${hex}`],
    report.test ? "TEST – no evidence for a regulator" : undefined,
  );
  return documentBytes(doc);
}
