import { printedNs } from "../printed-duration.ts";
import type { AuditReport } from "../report/audit-report.ts";
import { COLOUR, type Doc, ensureSpace, FONT, PAGE } from "./page-frame.ts";
import { printedDate } from "./printed-values.ts";

const HEIGHT = 120;
const LABELS = 62;
type Bar = { readonly from: bigint; readonly to: bigint; readonly max: bigint | null };

/** The largest divergence of any node in each part of the period. */
function barsOf({ divergence }: AuditReport): Bar[] {
  const bars = new Map<bigint, Bar>();
  for (const { fromUtcNs, toUtcNs, maxNs } of divergence.parts) {
    const before = bars.get(fromUtcNs)?.max ?? null;
    const max = before === null || (maxNs !== null && maxNs > before) ? maxNs : before;
    bars.set(fromUtcNs, { from: fromUtcNs, to: toUtcNs, max });
  }
  return [...bars.values()];
}

/** Only for placing points on the page: three digits are plenty there. */
const ratio = (value: bigint, of: bigint): number => (of === 0n ? 0 : Number((value * 10_000n) / of) / 10_000);

function label(doc: Doc, text: string, y: number, colour: string): void {
  doc.font(FONT.plain).fontSize(7).fillColor(colour);
  doc.text(text, PAGE.left, y - 3, { width: LABELS - 6, align: "right", lineBreak: false });
}

/** Bars of the largest divergence against the limit, as vectors. Red is beyond the limit; nothing is drawn where nothing was measured. */
export function drawDivergenceChart(doc: Doc, report: AuditReport): void {
  ensureSpace(doc, HEIGHT + 40);
  const bars = barsOf(report);
  const { limitNs } = report.divergence;
  const highest = bars.reduce((most, { max }) => (max !== null && max > most ? max : most), limitNs);
  const scale = (highest * 115n) / 100n;
  const [left, top] = [PAGE.left + LABELS, doc.y + 4];
  const [width, base] = [PAGE.width - LABELS, top + HEIGHT];
  const yOf = (value: bigint) => base - HEIGHT * ratio(value, scale);
  const span = report.toUtcNs - report.fromUtcNs;
  const xOf = (time: bigint) => left + width * ratio(time - report.fromUtcNs, span);
  doc.rect(left, top, width, HEIGHT).lineWidth(0.5).strokeColor(COLOUR.line).stroke();
  for (const { from, to, max } of bars) {
    if (max === null) continue;
    const barWidth = Math.max(0.4, (xOf(to) - xOf(from)) * 0.7);
    doc.rect(xOf(from) + (xOf(to) - xOf(from) - barWidth) / 2, yOf(max), barWidth, base - yOf(max));
    doc.fill(max > limitNs ? COLOUR.bad : "#5f86a8");
  }
  doc
    .moveTo(left, yOf(limitNs))
    .lineTo(left + width, yOf(limitNs))
    .dash(3, { space: 2 });
  doc.lineWidth(0.9).strokeColor(COLOUR.bad).stroke().undash();
  label(doc, `limit ${printedNs(limitNs)}`, yOf(limitNs), COLOUR.bad);
  label(doc, "0", base, COLOUR.soft);
  // Two labels closer than a line of text would cover one another.
  if (Math.abs(yOf(highest) - yOf(limitNs)) > 9) label(doc, printedNs(highest), yOf(highest), COLOUR.soft);
  doc.font(FONT.plain).fontSize(7).fillColor(COLOUR.soft);
  doc.text(printedDate(report.fromUtcNs), left, base + 4, { width: 100, lineBreak: false });
  doc.text(printedDate(report.toUtcNs), left + width - 100, base + 4, { width: 100, align: "right", lineBreak: false });
  if (bars.every(({ max }) => max === null)) {
    doc.fontSize(9).text("Nothing was measured in the period.", left, top + HEIGHT / 2 + 14, {
      width,
      align: "center",
      lineBreak: false,
    });
  }
  doc.y = base + 18;
}
