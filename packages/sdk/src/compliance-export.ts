import { ChronoError } from "@chronoledger/core";
import { ExportRequest, type Regime, type ComplianceExport as WireExport } from "@chronoledger/core/gateway";
import * as z from "zod";

export type ExportFormat = "NIST" | "ISO8601" | "RFC3161" | "Custom";

export type ExportCriteria = {
  /** UTC in nanoseconds; `to` is exclusive. */
  readonly from: bigint;
  readonly to: bigint;
  readonly regime?: Regime;
  /** Columns of "Custom". */
  readonly columns?: z.input<typeof ExportRequest>["columns"];
  /** Fraction digits of "ISO8601" and "Custom", 0 to 9. */
  readonly digits?: number;
};

export type ComplianceExport = WireExport & {
  /** The file's content. */
  bytes(): Uint8Array;
};

/** @throws input/malformed naming the value */
export function exportRequest(format: ExportFormat, criteria: ExportCriteria) {
  const { from, to, regime, columns, digits } = criteria;
  const request = {
    format,
    fromUtcNs: String(from),
    toUtcNs: String(to),
    ...(regime === undefined ? {} : { regime }),
    ...(columns === undefined ? {} : { columns }),
    ...(digits === undefined ? {} : { digits }),
  };
  const parsed = ExportRequest.safeParse(request);
  if (!parsed.success)
    throw new ChronoError("input/malformed", { what: "export criteria", reason: z.prettifyError(parsed.error) });
  return request;
}

export const complianceExport = (wire: WireExport): ComplianceExport => ({
  ...wire,
  bytes: () =>
    wire.encoding === "text"
      ? new TextEncoder().encode(wire.content)
      : Uint8Array.from(atob(wire.content), (char) => char.charCodeAt(0)),
});
