import { ChronoError, toBase64Url } from "@chronoledger/core";
import { type Regime, ReportRequest, ReportSummary, StoredReport } from "@chronoledger/core/gateway";
import * as z from "zod";
import { eventHash } from "./canonical-event.ts";
import { openStamp, type Timestamp } from "./open-stamp.ts";
import type { CallOptions, Transport } from "./transport.ts";
import type { Trust } from "./trust.ts";

/** The report, stamped: its canonical JSON is what the proof covers. */
export type AuditReport = {
  readonly id: string;
  /** UTC in nanoseconds. */
  readonly from: bigint;
  readonly to: bigint;
  readonly verdict: string;
  readonly stamps: number;
  readonly excursions: number;
  /** The model of @chronoledger/compliance, as JSON. */
  readonly report: unknown;
  /** Of the report itself: RFC 8785 text, SHA-256. */
  readonly proof: Timestamp["proof"];
  readonly stamp: Timestamp;
  /** Views of it, made by the gateway. */
  csv(): Promise<string>;
  pdf(): Promise<Uint8Array>;
  toJSON(): unknown;
};

export type AuditOptions = {
  /** Regime whose limits apply; EU MiFID II when absent. */
  readonly regime?: Regime;
  readonly activity?: string;
  /** Name of the firm on the first page. */
  readonly firm?: string;
};

export type AuditOrder = AuditOptions & { readonly from: bigint; readonly to: bigint; readonly includeProofs: boolean };

/** A report takes longer than a stamp to make; the gateway answers with the whole of it, or with where it is. */
const Made = z.union([StoredReport, z.object({ summary: ReportSummary }), ReportSummary]);

export async function orderReport(
  order: AuditOrder,
  parts: { readonly transport: Transport; readonly trust: Trust; readonly verify: boolean; readonly call: CallOptions },
): Promise<AuditReport> {
  const { transport, trust, verify, call } = parts;
  const body = z.encode(ReportRequest, {
    fromUtcNs: order.from,
    toUtcNs: order.to,
    includeProofs: order.includeProofs,
    regime: order.regime ?? "mifid2-eu",
    ...(order.activity === undefined ? {} : { activity: order.activity }),
    ...(order.firm === undefined ? {} : { firm: order.firm }),
  });
  const made = await transport.json("/v1/compliance/reports", Made, { ...call, body });
  const path = `/v1/compliance/reports/${"summary" in made ? made.summary.id : made.id}`;
  const { summary, report, stamp: wire } = await transport.json(path, StoredReport, { signal: call.signal });
  const imprint = eventHash(report);
  if (verify && toBase64Url(imprint) !== toBase64Url(summary.imprint))
    throw new ChronoError(
      "proof/context",
      { field: "report", stated: toBase64Url(summary.imprint), got: toBase64Url(imprint) },
      { remedy: "the report is not the one that was stamped: do not rely on it" },
    );
  const stamp = await openStamp(wire, { trust, verify, imprint });
  const view = (accept: string) => transport.bytes(path, { accept, signal: call.signal });
  return {
    id: summary.id,
    from: summary.fromUtcNs,
    to: summary.toUtcNs,
    verdict: summary.verdict,
    stamps: summary.stamps,
    excursions: summary.excursions,
    report,
    proof: stamp.proof,
    stamp,
    csv: async () => new TextDecoder().decode((await view("text/csv")).bytes),
    pdf: async () => (await view("application/pdf")).bytes,
    toJSON: () => ({ id: summary.id, verdict: summary.verdict, report, stamp: stamp.toJSON() }),
  };
}
