import { bytesToHex } from "@chronoledger/core";
import { printedNs } from "../printed-duration.ts";
import type { AuditReport } from "../report/audit-report.ts";
import { COLOUR, type Doc, FONT, heading, PAGE, paragraph } from "./page-frame.ts";
import { printedDate, printedTime } from "./printed-values.ts";
import { tableSection } from "./report-section.ts";

const CHANGE_COLUMNS = [
  { title: "Time (UTC)", share: 0.2 },
  { title: "Where", share: 0.14 },
  { title: "What", share: 0.16 },
  { title: "From", share: 0.2 },
  { title: "To", share: 0.2 },
  { title: "By", share: 0.1 },
] as const;

export function drawRecords(doc: Doc, report: AuditReport): void {
  const { leapSeconds } = report;
  tableSection(doc, {
    title: "8. Leap seconds",
    intro:
      leapSeconds.atStart === null
        ? "TAI-UTC was not observed."
        : `TAI-UTC was ${leapSeconds.atStart} s at the start and ${leapSeconds.atEnd} s at the end of the period, as the nodes stated it.`,
    columns: CHANGE_COLUMNS,
    rows: leapSeconds.record.map((row) => [
      printedTime(row.atUtcNs),
      `node ${row.node}`,
      row.what,
      row.from,
      row.to,
      "",
    ]),
    none: "No leap second was announced or took effect.",
  });
  tableSection(doc, {
    title: "9. Software, configuration and tests",
    columns: [
      { title: "Component", share: 0.2 },
      { title: "Version", share: 0.15 },
      { title: "Digest", share: 0.4, mono: true },
      { title: "Since (UTC)", share: 0.25 },
    ],
    rows: report.software.map((row) => [row.component, row.version, row.digest ?? "–", printedTime(row.sinceUtcNs)]),
    none: "No software is listed.",
  });
  tableSection(doc, {
    title: "Changes, as recorded and as observed",
    minor: true,
    columns: CHANGE_COLUMNS,
    rows: [
      ...report.softwareChanges.map((row) => ({
        at: row.atUtcNs,
        cells: [row.component, row.what, row.from, row.to, row.by ?? "–"],
      })),
      ...report.observedChanges.map((row) => ({
        at: row.atUtcNs,
        cells: [`node ${row.node}`, row.what, row.from, row.to, "observed"],
      })),
    ]
      .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .map(({ at, cells }) => [printedTime(at), ...cells]),
    none: "None.",
  });
  tableSection(doc, {
    title: "Tests",
    minor: true,
    columns: [
      { title: "Time (UTC)", share: 0.2 },
      { title: "Test", share: 0.32 },
      { title: "Result", share: 0.1 },
      { title: "Detail", share: 0.38 },
    ],
    rows: report.tests.map((row) => [
      printedTime(row.atUtcNs),
      row.name,
      { text: row.result, bad: row.result === "failed" },
      row.detail,
    ]),
    none: "No test is on record.",
  });
  tableSection(doc, {
    title: "10. Keys and attestation",
    columns: [
      { title: "Time (UTC)", share: 0.2 },
      { title: "Node", share: 0.08 },
      { title: "Event", share: 0.14 },
      { title: "Resets", share: 0.1, align: "right" },
      { title: "Detail", share: 0.48 },
    ],
    rows: report.keyEvents.map((row) => [
      printedTime(row.atUtcNs),
      String(row.node),
      row.event,
      row.resetCount === null ? "–" : String(row.resetCount),
      row.detail,
    ]),
    none: "No event is on record.",
  });
}

export function drawStampsAndRetention(doc: Doc, report: AuditReport): void {
  const { stamps, retention, annualReview: review } = report;
  tableSection(doc, {
    title: "11. Stamps in the period",
    intro: `${stamps.count} stamps, ${stamps.listed} of them listed${stamps.proofsIncluded ? " with their proofs in the JSON form" : ""}.`,
    columns: [
      { title: "Regime", share: 0.25 },
      { title: "Class", share: 0.35 },
      { title: "Stamps", share: 0.2, align: "right" },
      { title: "Uncertainty beyond the limit", share: 0.2, align: "right" },
    ],
    rows: stamps.byRegime.map((row) => [
      row.regime ?? "none",
      row.class ?? "plain stamps",
      String(row.count),
      { text: row.outsideLimit === null ? "no limit" : String(row.outsideLimit), bad: (row.outsideLimit ?? 0) > 0 },
    ]),
    none: "None.",
  });
  tableSection(doc, {
    title: "12. Retention and annual review",
    intro: `Records are kept for ${retention.years} years, until ${printedDate(retention.keepUntilUtcNs)}.`,
    columns: [
      { title: "Regime", share: 0.15 },
      { title: "Asks for", share: 0.15 },
      { title: "Met", share: 0.1 },
      { title: "Rule", share: 0.6 },
    ],
    rows: retention.required.map((row) => [
      row.regime,
      `${row.years} years`,
      { text: row.met ? "yes" : "no", bad: !row.met },
      `${row.citation.act}, ${row.citation.article}${row.citation.basis === "secondary" ? " (secondary)" : ""}`,
    ]),
    none: "No regime is declared.",
  });
  paragraph(
    doc,
    `Last annual review: ${printedDate(review.lastReviewUtcNs)}, by ${review.reviewer ?? "nobody on record"}. Outcome: ${review.outcome ?? "none on record."} Next one due: ${printedDate(review.dueUtcNs)}.${review.citation === null ? " No declared regime asks for one." : ` Asked for by ${review.citation.act}, ${review.citation.article}.`}`,
    review.overdue ? { colour: COLOUR.bad } : {},
  );
}

const SIGNERS = ["Compliance officer", "Responsible for the clocks"] as const;

/** Kept on one page. */
export function drawSignOff(doc: Doc): void {
  heading(doc, "13. Review and signature", 190);
  paragraph(doc, "I have read this report and its reservations, and checked its imprint as described in Appendix A.");
  for (const [index, signer] of SIGNERS.entries()) {
    const top = doc.y + 8;
    doc.font(FONT.bold).fontSize(9).fillColor(COLOUR.ink).text(signer, PAGE.left, top, { width: PAGE.width });
    for (const [column, field] of ["Name", "Signature", "Place and date"].entries()) {
      const x = PAGE.left + column * 168;
      doc
        .moveTo(x, top + 50)
        .lineTo(x + 155, top + 50)
        .lineWidth(0.6)
        .strokeColor(COLOUR.ink)
        .stroke();
      doc
        .font(FONT.plain)
        .fontSize(7.5)
        .fillColor(COLOUR.soft)
        .text(field, x, top + 53, { width: 155, lineBreak: false });
    }
    doc.y = top + (index === 0 ? 70 : 76);
  }
}

/** What a stamp's row needs of width decides what is left to the JSON form: the proofs. */
export function drawStampList(doc: Doc, report: AuditReport): void {
  tableSection(doc, {
    title: "Appendix C. Stamps",
    columns: [
      { title: "Id", share: 0.2 },
      { title: "Time (UTC)", share: 0.17 },
      { title: "Uncertainty", share: 0.12, align: "right" },
      { title: "Regime, class", share: 0.15 },
      { title: "Imprint (SHA-256)", share: 0.36, mono: true },
    ],
    rows: report.stamps.items.map((row) => [
      row.id,
      printedTime(row.timeUtcNs, 9),
      printedNs(row.uncertaintyNs),
      row.regime === null ? "plain" : `${row.regime}, ${row.class ?? "–"}`,
      bytesToHex(row.imprint),
    ]),
    none: "No stamp is listed.",
    most: 300,
  });
}
