import { ChronoError, taiNs, toUtc } from "@chronoledger/core";
import type { StampedBlock } from "../context.ts";
import type { KeptReport } from "./report-store.ts";
import { runReportTask } from "./run-report-task.ts";

/** Stamps that a PDF lists: a page holds some fifty. */
export const MAX_PDF_STAMPS = 5_000;

export const reportCsv = ({ text }: KeptReport): Promise<string> => runReportTask({ kind: "csv", text });

/** @throws input/too-large */
export async function reportPdf({ summary, text }: KeptReport, block: StampedBlock, index: number): Promise<Buffer> {
  if (summary.stamps > MAX_PDF_STAMPS)
    throw new ChronoError(
      "input/too-large",
      { stamps: summary.stamps, limit: MAX_PDF_STAMPS },
      { remedy: "take the report as JSON or CSV, or make one of a shorter period" },
    );
  const { id: proofId, imprint, sequence, existedBeforeTaiNs, taiMinusUtc, test } = block.toStamp(index);
  const existedBeforeUtcNs = toUtc(taiNs(existedBeforeTaiNs), taiMinusUtc);
  const proof = { proofId, imprint, sequence, existedBeforeUtcNs, test };
  const bytes = await runReportTask({ kind: "pdf", text, proof });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
