import { ChronoError, toIso8601 } from "@chronoledger/core";
import type { Meter, Tier } from "@chronoledger/core/gateway";
import type { Clock, Database } from "@chronoledger/service";
import type { Metering } from "../context.ts";
import type { Caller } from "../http/authenticate.ts";
import { type MonthQuota, monthQuotaOf, noteMonthQuota } from "../http/month-quota.ts";
import { type AccountMonth, addQuantity, lockMonths, writeQuantities } from "./account-month.ts";
import { allowanceNameOf, limitOf, type Quantities, usedOf } from "./allowance.ts";
import { monthEnd, monthOf } from "./calendar-month.ts";

/** `quantity`: 1 or more. */
export type ChargeOrder = { readonly caller: Caller; readonly meter: Meter; readonly quantity: number };

export type MonthMetering = Metering & {
  /**
   * Charges in order, each as far as its account's month allows: true where it was admitted. Two statements, however many orders
   * there are. The accounts' months stay locked until the transaction ends, which should be soon. False also for an account that
   * was closed meanwhile.
   */
  chargeMany(tx: Database, orders: readonly ChargeOrder[]): Promise<boolean[]>;
  /** What to answer to an order that was not admitted: quota/exceeded, or auth/refused when the account is closed. */
  refusalOf(order: ChargeOrder): ChronoError;
};

export type MeteringOptions = {
  readonly clock: Pick<Clock, "utcNow">;
  readonly tiers: ReadonlyMap<string, Tier>;
};

/** A month's counters. They change only under the lock of their row and with what is charged for, so no charge is lost or doubled. */
export function createMetering({ clock, tiers }: MeteringOptions): MonthMetering {
  const chargeMany = async (tx: Database, orders: readonly ChargeOrder[]): Promise<boolean[]> => {
    if (orders.length === 0) return [];
    const month = monthOf(clock.utcNow());
    const months = await lockMonths(tx, month, [...new Set(orders.map(({ caller }) => caller.accountId))]);
    const changed = new Map<string, Quantities>();
    const admitted = orders.map((order) => {
      const { accountId } = order.caller;
      const known = months.get(accountId);
      if (known === undefined) return false;
      const quantities = changed.get(accountId) ?? { ...known.quantities };
      const admits = admit(order, known, quantities, tiers);
      if (admits) changed.set(accountId, quantities);
      return admits;
    });
    if (changed.size > 0) await writeQuantities(tx, month, changed);
    return admitted;
  };

  const refusalOf = ({ caller, meter }: ChargeOrder): ChronoError => {
    const quota = monthQuotaOf(caller);
    if (quota === undefined) return new ChronoError("auth/refused", {}, { remedy: "the account is closed" });
    return quotaExceeded(meter, quota, monthOf(clock.utcNow()));
  };

  return {
    chargeMany,
    refusalOf,
    async charge(tx, caller, meter, quantity) {
      const order = { caller, meter, quantity };
      const [admitted] = await chargeMany(tx, [order]);
      if (admitted !== true) throw refusalOf(order);
    },
  };
}

function admit(
  { caller, meter, quantity }: ChargeOrder,
  { tier: tierName, billing }: AccountMonth,
  quantities: Quantities,
  tiers: ReadonlyMap<string, Tier>,
): boolean {
  const tier = tiers.get(tierName);
  if (tier === undefined) throw new ChronoError("internal/unexpected", { tier: tierName });
  const name = allowanceNameOf(meter);
  const included = limitOf(tier, billing, name);
  const before = usedOf(quantities, name);
  const admits = included === undefined || before + quantity <= included;
  if (admits) addQuantity(quantities, meter, quantity);
  if (included !== undefined) noteMonthQuota(caller, { used: admits ? before + quantity : before, included });
  return admits;
}

const quotaExceeded = (meter: Meter, { used, included }: MonthQuota, month: string): ChronoError =>
  new ChronoError(
    "quota/exceeded",
    { meter, used, included, month, resetsUtc: toIso8601(monthEnd(month), 0) },
    { remedy: "wait for the next month, or ask for a larger tier" },
  );
