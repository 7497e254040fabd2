import { ChronoError } from "@chronoledger/core";
import PDFDocument from "pdfkit";
import { printable } from "./printed-values.ts";

export type Doc = InstanceType<typeof PDFDocument>;

/** Points of 1/72 inch on A4. */
export const PAGE = { left: 50, right: 545, width: 495, top: 56, bottom: 778 } as const;
export const COLOUR = {
  ink: "#1a1d21",
  soft: "#5b6470",
  line: "#c9cfd6",
  fill: "#eef1f4",
  bad: "#a61b1b",
  good: "#1e6b3a",
  warn: "#8a5a00",
} as const;
export const FONT = { plain: "Helvetica", bold: "Helvetica-Bold", mono: "Courier" } as const;

export type DocumentInfo = {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  readonly created: Date;
};

/** Creation date and file id come from the report alone, so the same report gives the same bytes. */
export function openDocument({ title, author, subject, created }: DocumentInfo): Doc {
  return new PDFDocument({
    size: "A4",
    // Without a bottom margin pdfkit never starts a page by itself: `ensureSpace` alone decides.
    margins: { top: PAGE.top, bottom: 0, left: PAGE.left, right: 50 },
    bufferPages: true,
    lang: "en",
    displayTitle: true,
    info: {
      Title: printable(title),
      Author: printable(author),
      Subject: printable(subject),
      Creator: "ChronoLedger",
      Producer: "ChronoLedger",
      CreationDate: created,
      ModDate: created,
    },
  });
}

/** Starts a page when fewer than `height` points are left. */
export function ensureSpace(doc: Doc, height: number): void {
  if (doc.y + height <= PAGE.bottom) return;
  doc.addPage();
  doc.y = PAGE.top;
}

export type TextStyle = {
  readonly font?: string;
  readonly size?: number;
  readonly colour?: string;
  readonly x?: number;
  readonly width?: number;
  readonly gapAfter?: number;
  /** Stands before the first line, left of `x`. */
  readonly mark?: string;
};

/** A paragraph that goes to the next page whole when it does not fit. */
export function paragraph(doc: Doc, text: string, style: TextStyle = {}): void {
  const { font = FONT.plain, size = 9.5, colour = COLOUR.ink, x = PAGE.left, width = PAGE.width, gapAfter = 6 } = style;
  const shown = printable(text);
  doc.font(font).fontSize(size);
  ensureSpace(doc, doc.heightOfString(shown, { width, lineGap: 1.5 }));
  const top = doc.y;
  // The font again: a new page does not keep the fill colour.
  doc.font(font).fontSize(size).fillColor(colour);
  if (style.mark !== undefined) doc.text(style.mark, x - 9, top, { width: 9, lineBreak: false });
  doc.text(shown, x, top, { width, lineGap: 1.5 });
  doc.y += gapAfter;
}

/** @param follows points that must fit below it on the same page, so that no heading stands alone. */
export function heading(doc: Doc, text: string, follows = 70): void {
  ensureSpace(doc, 30 + follows);
  if (doc.y > PAGE.top + 1) doc.y += 10;
  doc.font(FONT.bold).fontSize(12).fillColor(COLOUR.ink).text(printable(text), PAGE.left, doc.y, { width: PAGE.width });
  doc.y += 5;
}

export function subheading(doc: Doc, text: string, follows = 50): void {
  ensureSpace(doc, 18 + follows);
  doc.y += 2;
  doc
    .font(FONT.bold)
    .fontSize(9.5)
    .fillColor(COLOUR.ink)
    .text(printable(text), PAGE.left, doc.y, { width: PAGE.width });
  doc.y += 3;
}

/** Footers and, on a test report, the warning above; drawn last because only then the number of pages is known. */
export function framePages(doc: Doc, footer: readonly [string, string], warning: string | undefined): void {
  const { start, count } = doc.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    doc.switchToPage(page);
    if (warning !== undefined) {
      doc.rect(0, 0, 595.28, 26).fill(COLOUR.bad);
      doc
        .font(FONT.bold)
        .fontSize(9)
        .fillColor("#ffffff")
        .text(printable(warning), PAGE.left, 9, { width: PAGE.width, align: "center", lineBreak: false });
    }
    doc.moveTo(PAGE.left, 792).lineTo(PAGE.right, 792).lineWidth(0.5).strokeColor(COLOUR.line).stroke();
    doc
      .font(FONT.plain)
      .fontSize(7)
      .fillColor(COLOUR.soft)
      .text(printable(footer[0]), PAGE.left, 799, { width: 360, lineBreak: false });
    doc.font(FONT.mono).fontSize(6.5).text(footer[1], PAGE.left, 810, { width: 420, lineBreak: false });
    doc
      .font(FONT.plain)
      .fontSize(7.5)
      .text(`Page ${page - start + 1} of ${count}`, 445, 799, { width: 100, align: "right", lineBreak: false });
  }
}

/** Ends the document and gives its bytes. */
export function documentBytes(doc: Doc): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    doc.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    doc.on("error", (cause: unknown) => reject(new ChronoError("internal/unexpected", { what: "PDF" }, { cause })));
    doc.on("end", () => {
      const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      resolve(bytes);
    });
    doc.end();
  });
}
