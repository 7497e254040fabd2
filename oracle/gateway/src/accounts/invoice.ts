import { type Account, type Invoice, METERS, type Meter, type Tier } from "@chronoledger/core/gateway";
import type { AccountMonth } from "./account-month.ts";
import { ALLOWANCES, type AllowanceName, allowanceOf, metersOf, type Quantities } from "./allowance.ts";

type Line = Invoice["lines"][number];
type Prices = Readonly<Record<Meter, number>>;

export type InvoiceInput = {
  readonly account: Pick<Account, "id" | "name">;
  readonly month: AccountMonth;
  readonly tier: Tier;
  readonly prices: Prices;
  /** Whether the month is over. */
  readonly final: boolean;
};

const TITLES: Readonly<Record<Meter, string>> = {
  "stamp.basic": "Stamps, to the millisecond or microsecond",
  "stamp.precise": "Stamps, to the nanosecond",
  "stamp.compliant": "Stamps for a regulation",
  "schedule.simple": "Scheduled calls, simple",
  "schedule.complex": "Scheduled calls, complex",
  "proof.generation": "Proofs made",
  "proof.verification": "Proofs verified",
};

/**
 * What a month costs, in integer millionths of a US dollar: the whole fee of the tier that the account had at the month's end
 * (under billing by subscription), and what lies beyond the tier's allowances by the prices of the meters. An allowance that
 * several meters share goes to the dearest first, which is to the customer's favour.
 */
export function invoiceOf({ account, month, tier, prices, final }: InvoiceInput): Invoice {
  const { billing, quantities } = month;
  const fee: Line[] =
    billing === "usage"
      ? []
      : [
          {
            description: `${tier.title}, ${month.month}`,
            meter: null,
            quantity: 1,
            included: 0,
            unitMicroUsd: tier.monthlyMicroUsd,
            amountMicroUsd: tier.monthlyMicroUsd,
          },
        ];
  const included = new Map(
    ALLOWANCES.flatMap((name) => [...shareOut(allowanceOf(tier, billing, name).included, name, quantities, prices)]),
  );
  const uses = METERS.flatMap((meter): Line[] => {
    const quantity = quantities[meter] ?? 0;
    const free = included.get(meter) ?? 0;
    const unitMicroUsd = prices[meter];
    if (quantity === 0) return [];
    const amountMicroUsd = (quantity - free) * unitMicroUsd;
    return [{ description: TITLES[meter], meter, quantity, included: free, unitMicroUsd, amountMicroUsd }];
  });
  const lines = [...fee, ...uses];
  return {
    number: `${month.month}-${account.id}`,
    account: account.id,
    accountName: account.name,
    month: month.month,
    tier: tier.name,
    billing,
    final,
    lines,
    totalMicroUsd: lines.reduce((sum, { amountMicroUsd }) => sum + amountMicroUsd, 0),
  };
}

/** @param included null: everything. */
function shareOut(
  included: number | null,
  name: AllowanceName,
  quantities: Quantities,
  prices: Prices,
): Map<Meter, number> {
  let left = included ?? Number.POSITIVE_INFINITY;
  const shares = new Map<Meter, number>();
  for (const meter of metersOf(name).toSorted((a, b) => prices[b] - prices[a])) {
    const share = Math.min(left, quantities[meter] ?? 0);
    shares.set(meter, share);
    left -= share;
  }
  return shares;
}
