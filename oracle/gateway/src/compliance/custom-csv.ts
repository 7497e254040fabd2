import { csvText, formatIso8601 } from "@chronoledger/compliance";
import { durationNs, toBase64Url, unixNs } from "@chronoledger/core";
import type { ExportRequest } from "@chronoledger/core/gateway";
import type * as z from "zod";
import type { AccountStamp } from "./account-stamps.ts";

export type ExportColumn = NonNullable<z.output<typeof ExportRequest>["columns"]>[number];
export const ALL_COLUMNS: readonly ExportColumn[] = [
  "id",
  "time",
  "uncertaintyNs",
  "regime",
  "reference",
  "imprint",
  "sequence",
  "proof",
];

function cellOf(column: ExportColumn, stamp: AccountStamp, of: { digits: number; proofUrl: string }): string {
  // Of the printed time: digits that are left out widen it.
  const time = formatIso8601(
    { timeUtcNs: unixNs(stamp.timeUtcNs), uncertaintyNs: durationNs(stamp.uncertaintyNs) },
    of.digits,
  );
  switch (column) {
    case "id":
      return stamp.id;
    case "time":
      return time.text;
    case "uncertaintyNs":
      return String(time.uncertaintyNs);
    case "regime":
      return stamp.regime ?? "";
    case "reference":
      return stamp.reference ?? "";
    case "imprint":
      return toBase64Url(stamp.imprint);
    case "sequence":
      return String(stamp.sequence);
    case "proof":
      // A batch has none of its own: its proofs are derived from GET /v1/batches/ID.
      return stamp.count > 1 ? "" : `${of.proofUrl}/v1/proofs/${stamp.id}`;
  }
}

/** Columns in the order in which they were asked for, RFC 4180, with a header. The imprint is base64url, the proof its address. */
export function customCsv(
  stamps: readonly AccountStamp[],
  columns: readonly ExportColumn[],
  of: { readonly digits: number; readonly proofUrl: string },
): string {
  return csvText([columns, ...stamps.map((stamp) => columns.map((column) => cellOf(column, stamp, of)))]);
}
