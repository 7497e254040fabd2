import { AuditReport, toCsv } from "@chronoledger/compliance";
import { renderAuditReportPdf } from "@chronoledger/compliance/pdf";
import { ChronoError, toUtc } from "@chronoledger/core";
import type { StampedBlock } from "../context.ts";
import type { KeptReport } from "./report-store.ts";

/** Stamps that a PDF lists: a page holds some fifty, and a page takes milliseconds that stamps wait for. */
export const MAX_PDF_STAMPS = 2_000;

const open = ({ text }: KeptReport): AuditReport => AuditReport.parse(JSON.parse(text));

/** The CSV parts one after the other, each after a line with its name and an empty line before the next: `# stamps.csv`. */
export const reportCsv = (kept: KeptReport): string =>
  toCsv(open(kept))
    .map(({ name, text }) => `# ${name}\r\n${text}`)
    .join("\r\n");

/** @throws input/too-large */
export async function reportPdf(kept: KeptReport, block: StampedBlock, index: number): Promise<Buffer> {
  if (kept.summary.stamps > MAX_PDF_STAMPS)
    throw new ChronoError(
      "input/too-large",
      { stamps: kept.summary.stamps, limit: MAX_PDF_STAMPS },
      { remedy: "take the report as JSON or CSV, or make one of a shorter period" },
    );
  const stamp = block.toStamp(index);
  const bytes = await renderAuditReportPdf(open(kept), {
    proofId: stamp.id,
    imprint: stamp.imprint,
    sequence: stamp.sequence,
    existedBeforeUtcNs: toUtc(stamp.existedBeforeTaiNs as Parameters<typeof toUtc>[0], stamp.taiMinusUtc),
    test: stamp.test,
  });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
