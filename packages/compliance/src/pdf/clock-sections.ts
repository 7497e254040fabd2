import { bytesToHex } from "@chronoledger/core";
import { printedLength, printedNs } from "../printed-duration.ts";
import type { AuditReport } from "../report/audit-report.ts";
import { drawDivergenceChart } from "./divergence-chart.ts";
import { COLOUR, type Doc, FONT, heading, paragraph } from "./page-frame.ts";
import { printedPpm, printedTime } from "./printed-values.ts";
import { tableSection } from "./report-section.ts";

export function drawDeclared(doc: Doc, report: AuditReport): void {
  tableSection(doc, {
    title: "1. Declared classes and their limits",
    columns: [
      { title: "Regime", share: 0.09 },
      { title: "Class", share: 0.2 },
      { title: "Limit", share: 0.09, align: "right" },
      { title: "Granularity", share: 0.12, align: "right" },
      { title: "In the period (UTC)", share: 0.19 },
      { title: "Rule", share: 0.31 },
    ],
    rows: report.declared.map((row) => [
      row.regime,
      `${row.title} (${row.class})`,
      printedNs(row.divergenceLimitNs),
      printedNs(row.granularityNs),
      `${printedTime(row.fromUtcNs)} ${printedTime(row.toUtcNs)}`,
      `${row.citation.act}, ${row.citation.article}${row.citation.basis === "secondary" ? " (secondary)" : ""}`,
    ]),
    none: "No class is declared.",
  });
}

export function drawClocks(doc: Doc, report: AuditReport): void {
  tableSection(doc, {
    title: "2. Clocks and stamping points",
    columns: [
      { title: "Clock", share: 0.1 },
      { title: "Operator, place", share: 0.13 },
      { title: "Device and source", share: 0.24 },
      { title: "Exact stamping point", share: 0.31 },
      { title: "Key", share: 0.22 },
    ],
    rows: report.clocks.map((clock) => [
      { text: clock.test ? `${clock.id} (test)` : clock.id, bad: clock.test },
      clock.operator === clock.location ? clock.operator : `${clock.operator}, ${clock.location}`,
      `${clock.device}. Source: ${clock.source}`,
      clock.stampingPoint,
      `${clock.keyId} (${clock.keyProtection.replace("-", ", ")})`,
    ]),
    none: "No clock is listed.",
  });
  tableSection(doc, {
    title: "3. Chain to UTC",
    intro:
      "Each comparison with its uncertainty and the evidence for it. A chain is said to end at UTC(k) only when every hop has evidence and no test flag is set.",
    columns: [
      { title: "Clock", share: 0.1 },
      { title: "Compared", share: 0.2 },
      { title: "With", share: 0.15 },
      { title: "Method", share: 0.23 },
      { title: "Uncertainty", share: 0.12, align: "right" },
      { title: "Evidence", share: 0.2 },
    ],
    rows: report.clocks.flatMap((clock) => [
      ...clock.chain.map((hop) => [
        clock.id,
        hop.clock,
        hop.reference,
        hop.method,
        printedNs(hop.uncertaintyNs),
        { text: hop.evidence ?? "none", bad: hop.evidence === null },
      ]),
      [
        clock.id,
        "Whole chain",
        { text: clock.assessment.label, bad: clock.assessment.laboratory === null },
        clock.assessment.gaps.join(" "),
        printedNs(clock.assessment.totalUncertaintyNs),
        "",
      ],
    ]),
    none: "No chain is given.",
  });
}

export function drawDivergence(doc: Doc, report: AuditReport): void {
  const { divergence } = report;
  heading(doc, "4. Divergence from UTC", 230);
  paragraph(
    doc,
    `Every value is the absolute offset from the middle of the reference interval plus the uncertainty of its measurement. A measurement speaks for at most ${printedLength(divergence.maxSpacingNs)}; shares are of time. The chart shows the largest value of any node in each part of the period.`,
    { colour: COLOUR.soft, size: 8.5 },
  );
  drawDivergenceChart(doc, report);
  tableSection(doc, {
    title: "By node, whole period",
    minor: true,
    columns: [
      { title: "Node", share: 0.08 },
      { title: "Measured", share: 0.12, align: "right" },
      { title: "50 %", share: 0.1, align: "right" },
      { title: "95 %", share: 0.1, align: "right" },
      { title: "99 %", share: 0.1, align: "right" },
      { title: "Largest", share: 0.12, align: "right" },
      { title: "Stated uncertainty, largest", share: 0.14, align: "right" },
      { title: "Time within limit", share: 0.12, align: "right" },
      { title: "Time covered", share: 0.12, align: "right" },
    ],
    rows: divergence.overall.map((row) => [
      String(row.node),
      `${row.measured} of ${row.count}`,
      printedNs(row.p50Ns),
      printedNs(row.p95Ns),
      printedNs(row.p99Ns),
      { text: printedNs(row.maxNs), bad: row.maxNs !== null && row.maxNs > divergence.limitNs },
      printedNs(row.maxUncertaintyNs),
      printedPpm(row.withinLimitPpm),
      printedPpm(row.coveredPpm),
    ]),
    none: "No node was observed.",
  });
}

export function drawExcursions(doc: Doc, report: AuditReport): void {
  const measured = report.divergence.overall.some((row) => row.measured > 0);
  tableSection(doc, {
    title: "5. Excursions",
    intro: `Runs of measurements beyond ${printedNs(report.divergence.limitNs)}. Stamps are in doubt from the last measurement within the limit to the next one.`,
    columns: [
      { title: "Node", share: 0.06 },
      { title: "First and last measurement beyond", share: 0.19 },
      { title: "Largest", share: 0.1, align: "right" },
      { title: "Stamps in doubt (UTC)", share: 0.19 },
      { title: "Stamps", share: 0.1, align: "right" },
      { title: "Action on record", share: 0.36 },
    ],
    rows: report.excursions.map((row) => [
      String(row.node),
      `${printedTime(row.startUtcNs)} ${printedTime(row.endUtcNs)}`,
      { text: printedNs(row.maxDivergenceNs), bad: true },
      `${printedTime(row.affectedFromUtcNs)} ${printedTime(row.affectedToUtcNs)}`,
      String(row.affectedStamps),
      {
        text: `${row.action ?? "none"}${row.open ? " (still open at the end of the period)" : ""}`,
        bad: row.action === null,
      },
    ]),
    none: measured ? "None: no measurement was beyond the limit." : "None is known: nothing was measured.",
  });
  tableSection(doc, {
    title: "6. Coverage gaps",
    columns: [
      { title: "Node", share: 0.1 },
      { title: "From (UTC)", share: 0.3 },
      { title: "To (UTC)", share: 0.3 },
      { title: "Length", share: 0.3 },
    ],
    rows: report.gaps.map((row) => [
      String(row.node),
      printedTime(row.fromUtcNs),
      printedTime(row.toUtcNs),
      printedLength(row.toUtcNs - row.fromUtcNs),
    ]),
    none: "None: every node was measured throughout.",
  });
  tableSection(doc, {
    title: "7. Holdover",
    columns: [
      { title: "Node", share: 0.1 },
      { title: "From (UTC)", share: 0.3 },
      { title: "To (UTC)", share: 0.3 },
      { title: "Largest stated uncertainty", share: 0.3 },
    ],
    rows: report.holdovers.map((row) => [
      String(row.node),
      printedTime(row.fromUtcNs),
      `${printedTime(row.toUtcNs)}${row.open ? " (open)" : ""}`,
      printedNs(row.maxUncertaintyNs),
    ]),
    none: measured ? "None: no clock ran without its reference." : "None is known: nothing was measured.",
  });
}

export function drawNodeSet(doc: Doc, report: AuditReport): void {
  paragraph(doc, "SHA-256 of the node set by which to verify:", { gapAfter: 2 });
  paragraph(doc, bytesToHex(report.network.nodeSetDigest), { font: FONT.mono, size: 8 });
}
