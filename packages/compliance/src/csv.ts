export type CsvValue = string | number | bigint | boolean | null | undefined;
export type CsvDelimiter = "," | ";" | "\t";

/**
 * A cell by RFC 4180. Text that a spreadsheet would run as a formula (= + - @ behind any blanks, or a leading tab or carriage return) gets a leading
 * apostrophe; numbers come as numbers or bigints and stay as they are.
 */
function cell(value: CsvValue, delimiter: CsvDelimiter): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /["\r\n]/.test(safe) || safe.includes(delimiter) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lines end with CRLF, the last one too. */
export const csvText = (rows: readonly (readonly CsvValue[])[], delimiter: CsvDelimiter = ","): string =>
  rows.map((row) => `${row.map((value) => cell(value, delimiter)).join(delimiter)}\r\n`).join("");
