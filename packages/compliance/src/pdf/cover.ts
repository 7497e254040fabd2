import type { AuditReport } from "../report/audit-report.ts";
import { COLOUR, type Doc, FONT, PAGE, paragraph } from "./page-frame.ts";
import { printable, printedTime } from "./printed-values.ts";

export const RESULT_TITLE: Readonly<Record<AuditReport["verdict"]["result"], readonly [string, string]>> = {
  "within-limit": ["Within the limit", COLOUR.good],
  excursions: ["Beyond the limit at times", COLOUR.bad],
  incomplete: ["Record incomplete", COLOUR.warn],
  "no-evidence": ["No evidence of compliance", COLOUR.bad],
};

function facts(doc: Doc, rows: readonly (readonly [string, string])[]): void {
  for (const [name, value] of rows) {
    const top = doc.y;
    doc.font(FONT.plain).fontSize(9).fillColor(COLOUR.soft).text(name, PAGE.left, top, { width: 110 });
    doc
      .font(FONT.plain)
      .fillColor(COLOUR.ink)
      .text(printable(value), PAGE.left + 115, top, { width: PAGE.width - 115 });
    doc.y += 2;
  }
}

/** Title, notices, and the verdict with what it rests on and what it leaves open. */
export function drawCover(doc: Doc, report: AuditReport): void {
  doc.y = PAGE.top;
  doc
    .font(FONT.bold)
    .fontSize(20)
    .fillColor(COLOUR.ink)
    .text("Audit report on clock synchronisation", PAGE.left, doc.y, { width: PAGE.width });
  doc.y += 2;
  doc
    .font(FONT.plain)
    .fontSize(12)
    .fillColor(COLOUR.soft)
    .text(printable(report.organisation), PAGE.left, doc.y, { width: PAGE.width });
  doc.y += 10;
  facts(doc, [
    ["Report", report.reportId],
    ["Period (UTC)", `${printedTime(report.fromUtcNs)} to ${printedTime(report.toUtcNs)}, end not included`],
    ["Made", printedTime(report.createdUtcNs)],
    ["Account", report.account],
    [
      "Network",
      `${report.network.networkId}, epoch ${report.network.epoch}, policy ${report.network.policyId}, quorum ${report.network.quorum} of ${report.network.nodes} nodes`,
    ],
  ]);
  doc.y += 8;
  for (const notice of report.notices)
    paragraph(
      doc,
      notice,
      notice.startsWith("TEST")
        ? { font: FONT.bold, colour: COLOUR.bad }
        : { size: 9, colour: COLOUR.soft, gapAfter: 4 },
    );
  const [title, colour] = RESULT_TITLE[report.verdict.result];
  doc.y += 4;
  const top = doc.y;
  doc
    .font(FONT.bold)
    .fontSize(14)
    .fillColor(colour)
    .text(title, PAGE.left + 12, top + 2, { width: PAGE.width - 12 });
  doc.y += 3;
  paragraph(doc, report.verdict.text, { x: PAGE.left + 12, width: PAGE.width - 12, size: 10, gapAfter: 2 });
  doc.rect(PAGE.left, top, 4, doc.y - top).fill(colour);
  doc.y += 8;
  list(doc, "What this rests on", report.verdict.restsOn);
  list(doc, "Reservations", report.verdict.reservations.length > 0 ? report.verdict.reservations : ["None."]);
}

export function list(doc: Doc, title: string, items: readonly string[]): void {
  paragraph(doc, title, { font: FONT.bold, gapAfter: 3 });
  for (const item of items) {
    paragraph(doc, item, { x: PAGE.left + 14, width: PAGE.width - 14, size: 9, gapAfter: 2, mark: "-" });
  }
  doc.y += 6;
}
