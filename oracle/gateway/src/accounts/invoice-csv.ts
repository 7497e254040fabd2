import { csvText } from "@chronoledger/compliance";
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
  return csvText([COLUMNS, ...lines, [...head, "Total", "", "", "", "", invoice.totalMicroUsd]]);
}
