import type { Invoice } from "@chronoledger/core/gateway";

const COLUMNS = [
  "invoice",
  "account",
  "account_name",
  "month",
  "tier",
  "billing",
  "final",
  "description",
  "meter",
  "quantity",
  "included",
  "unit_micro_usd",
  "amount_micro_usd",
] as const;

/** A line of the invoice a row, then the total; RFC 4180, with a header. Amounts are integers. */
export function invoiceCsv(invoice: Invoice): string {
  const { number, account, accountName, month, tier, billing, final } = invoice;
  const head = [number, account, accountName, month, tier, billing, String(final)];
  const lines = invoice.lines.map((line) => [
    ...head,
    line.description,
    line.meter ?? "",
    line.quantity,
    line.included,
    line.unitMicroUsd,
    line.amountMicroUsd,
  ]);
  return [COLUMNS, ...lines, [...head, "Total", "", "", "", "", invoice.totalMicroUsd]].map(row).join("");
}

const row = (cells: readonly (string | number)[]): string => `${cells.map(cell).join(",")}\r\n`;

/** A spreadsheet would run text that begins like a formula; the apostrophe makes it text. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
