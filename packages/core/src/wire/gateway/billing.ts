import * as z from "zod";
import { U64 } from "../json.ts";
import { AccountId, Allowance, Meter, TierName } from "./accounts.ts";

/** A calendar month in UTC. */
export const Month = z.string().regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/, "a month is YYYY-MM");
export const MonthParams = z.object({ month: Month });

/** GET /v1/usage?month=YYYY-MM; the current month without one. */
export const UsageQuery = z.object({ month: Month.optional() });
const UsedAllowance = Allowance.extend({ used: z.int().min(0) });
export const Usage = z.object({
  month: Month,
  tier: TierName,
  billing: z.enum(["subscription", "usage"]),
  quantities: z.record(Meter, z.int().min(0)),
  stamps: UsedAllowance,
  schedules: UsedAllowance,
  proofs: UsedAllowance,
  verifications: UsedAllowance,
  resetsUtcNs: U64,
});
export type Usage = z.infer<typeof Usage>;

/** Amounts are integers of a millionth of a US dollar: 0.001 $ is 1,000. */
export const InvoiceLine = z.object({
  description: z.string(),
  meter: Meter.nullable(),
  quantity: z.int().min(0),
  included: z.int().min(0),
  unitMicroUsd: z.int().min(0),
  amountMicroUsd: z.int().min(0),
});
/** GET /v1/invoices/YYYY-MM, with `Accept: text/csv` as CSV. `final` once the month is over. */
export const Invoice = z.object({
  number: z.string(),
  account: AccountId,
  accountName: z.string(),
  month: Month,
  tier: TierName,
  billing: z.enum(["subscription", "usage"]),
  final: z.boolean(),
  lines: z.array(InvoiceLine),
  totalMicroUsd: z.int().min(0),
});
export type Invoice = z.infer<typeof Invoice>;

/**
 * GET /v1/invoices/YYYY-MM/meter-events: what Stripe's POST /v1/billing/meter_events takes, for meters whose aggregation formula
 * is `last`: a value is the month's running total of what is charged by the unit. `identifier` makes a repeat harmless.
 */
export const MeterEvents = z.object({
  events: z.array(
    z.object({
      event_name: z.string(),
      identifier: z.string(),
      /** Unix seconds. */
      timestamp: z.int(),
      payload: z.object({ stripe_customer_id: z.string(), value: z.string() }),
    }),
  ),
});
