import { durationNs, unixNs } from "@chronoledger/core";
import { type CsvValue, csvText } from "../csv.ts";
import type {
  ComplianceExportFile,
  ComplianceExportOptions,
  ComplianceExportRow,
  EXPORT_COLUMNS,
} from "./compliance-export.ts";
import { formatIso8601, type UtcReading } from "./iso8601-time.ts";
import { refuseLeapSecond } from "./leap-second.ts";
import { formatNistDaytime } from "./nist-daytime.ts";

type Column = (typeof EXPORT_COLUMNS)[number];

const readingOf = (row: ComplianceExportRow): UtcReading => ({
  timeUtcNs: unixNs(row.timeUtcNs),
  uncertaintyNs: durationNs(row.uncertaintyNs),
});

function isoRow(row: ComplianceExportRow, columns: readonly Column[], digits: number): CsvValue[] {
  refuseLeapSecond(readingOf(row), row.leap);
  const time = formatIso8601(readingOf(row), digits);
  const before = row.existedBeforeUtcNs;
  const values: Record<Column, CsvValue> = {
    id: row.id,
    time: time.text,
    utcNs: row.timeUtcNs,
    // Of the printed time, unless the row also carries every nanosecond of it.
    uncertaintyNs: columns.includes("time") ? time.uncertaintyNs : row.uncertaintyNs,
    existedBefore:
      before === null ? null : formatIso8601({ timeUtcNs: unixNs(before), uncertaintyNs: durationNs(0n) }, 9).text,
    regime: row.regime,
    imprint: row.imprint,
    sequence: row.sequence,
    test: row.test,
  };
  return columns.map((column) => values[column]);
}

const ISO_COLUMNS: readonly Column[] = ["id", "time", "uncertaintyNs", "existedBefore", "regime", "test"];

/**
 * Rows of stamps as a file. The uncertainty is that of the printed time, widened by the digits left out.
 * NIST: a daytime line, the id and the uncertainty, with tabs between. RFC 3161 is made elsewhere.
 * @throws input/out-of-range for a row that touches an announced leap second.
 */
export function exportComplianceData(
  rows: readonly ComplianceExportRow[],
  options: ComplianceExportOptions,
): ComplianceExportFile {
  if (options.format === "NIST") {
    const lines = rows.map((row) => {
      const { text, uncertaintyNs } = formatNistDaytime(readingOf(row), {
        chain: options.chain,
        test: row.test,
        leap: row.leap,
        health: row.test ? 1 : 0,
      });
      return [text, row.id, uncertaintyNs];
    });
    const text = csvText([["daytime", "id", "uncertaintyNs"], ...lines], "\t");
    return { name: "stamps-nist.tsv", mediaType: "text/tab-separated-values; charset=utf-8", text };
  }
  const custom = options.format === "Custom";
  const columns = custom ? options.columns : ISO_COLUMNS;
  const delimiter = custom ? options.delimiter : ",";
  const head = custom && !options.header ? [] : [columns];
  const text = csvText([...head, ...rows.map((row) => isoRow(row, columns, options.digits))], delimiter);
  const tabs = delimiter === "\t";
  return {
    name: `stamps-${custom ? "custom" : "iso8601"}.${tabs ? "tsv" : "csv"}`,
    mediaType: `${tabs ? "text/tab-separated-values" : "text/csv"}; charset=utf-8`,
    text,
  };
}
