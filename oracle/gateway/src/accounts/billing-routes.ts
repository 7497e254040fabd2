import { ChronoError } from "@chronoledger/core";
import { Invoice, METERS, MeterEvents, MonthParams, type Tier, Usage, UsageQuery } from "@chronoledger/core/gateway";
import type { GatewayContext } from "../context.ts";
import type { Caller } from "../http/authenticate.ts";
import { preferredType } from "../http/preferred-type.ts";
import { type Route, route } from "../http/route.ts";
import { type AccountMonth, readMonth } from "./account-month.ts";
import { readAccount } from "./account-store.ts";
import { ALLOWANCES, type AllowanceName, allowanceOf, usedOf } from "./allowance.ts";
import { monthEnd, monthOf } from "./calendar-month.ts";
import { invoiceOf } from "./invoice.ts";
import { invoiceCsv } from "./invoice-csv.ts";
import { meterEventsOf } from "./meter-events.ts";
import { requireCaller } from "./require-caller.ts";
import { tierList } from "./tiers.ts";

const CSV = "text/csv";
const access = { scope: "account" } as const;
const tag = "billing";

/** What an account used, and what that costs. */
export function billingRoutes({ db, clock, tiers }: GatewayContext): Route[] {
  const tierOf = ({ tier }: AccountMonth): Tier => {
    const known = tiers.get(tier);
    if (known === undefined) throw new ChronoError("internal/unexpected", { tier });
    return known;
  };
  const monthFor = async (accountId: string, month: string): Promise<AccountMonth> => {
    const current = monthOf(clock.utcNow());
    if (month > current)
      throw new ChronoError("input/out-of-range", { month, current }, { remedy: "the month has not begun" });
    return readMonth(db, accountId, month);
  };
  const invoiceFor = async (caller: Caller | undefined, month: string): Promise<Invoice> => {
    const { accountId } = requireCaller(caller);
    const used = await monthFor(accountId, month);
    const account = await readAccount(db, accountId);
    const final = month < monthOf(clock.utcNow());
    return invoiceOf({ account, month: used, tier: tierOf(used), prices: tierList.pricesMicroUsd, final });
  };

  return [
    route({
      method: "GET",
      path: "/v1/usage",
      operationId: "getUsage",
      tag,
      summary: "What the account used in a month, and what its tier allows",
      access,
      query: UsageQuery,
      answer: Usage,
      errors: ["input/not-found"],
      async handle({ query, caller }) {
        const { accountId } = requireCaller(caller);
        const used = await monthFor(accountId, query.month ?? monthOf(clock.utcNow()));
        return usageOf(used, tierOf(used));
      },
    }),
    route({
      method: "GET",
      path: "/v1/invoices/:month",
      operationId: "getInvoice",
      tag,
      summary: "The invoice of a month, final once it is over, as JSON or CSV",
      access,
      params: MonthParams,
      answer: Invoice,
      otherAnswers: [CSV],
      async handle({ params, caller, request, reply }) {
        const invoice = await invoiceFor(caller, params.month);
        reply.header("Vary", "Accept");
        if (preferredType(request.headers.accept, ["application/json", CSV]) !== CSV) return invoice;
        await reply
          .type(`${CSV}; charset=utf-8; header=present`)
          .header("Content-Disposition", `attachment; filename="invoice-${params.month}.csv"`)
          .send(invoiceCsv(invoice));
        return undefined;
      },
    }),
    route({
      method: "GET",
      path: "/v1/invoices/:month/meter-events",
      operationId: "getMeterEvents",
      tag,
      summary: "What a month charges by the unit, as meter events that Stripe takes",
      access,
      params: MonthParams,
      answer: MeterEvents,
      handle: async ({ params, caller }) => meterEventsOf(await invoiceFor(caller, params.month), clock.utcNow()),
    }),
  ];
}

function usageOf({ month, billing, quantities }: AccountMonth, tier: Tier): Usage {
  const allowed = (name: AllowanceName) => ({ ...allowanceOf(tier, billing, name), used: usedOf(quantities, name) });
  return {
    month,
    tier: tier.name,
    billing,
    quantities: Object.fromEntries(METERS.map((meter) => [meter, quantities[meter] ?? 0])) as Usage["quantities"],
    ...(Object.fromEntries(ALLOWANCES.map((name) => [name, allowed(name)])) as Pick<Usage, AllowanceName>),
    resetsUtcNs: monthEnd(month),
  };
}
