import { NS_PER_S, type UnixNs } from "@chronoledger/core";
import type { Invoice, MeterEvents } from "@chronoledger/core/gateway";
import type * as z from "zod";
import { monthEnd } from "./calendar-month.ts";

/**
 * Stripe meter events of an invoice: one a meter, whose value is what the month has come to beyond what is included. Meters at
 * Stripe take the last value of a period (aggregation formula `last`), so that the running month may be sent as often as one
 * likes; the value is part of the identifier, so that Stripe takes a repeat for what it is. The account's id stands where the
 * operator puts their customer's id.
 */
export function meterEventsOf(invoice: Invoice, now: UnixNs): z.output<typeof MeterEvents> {
  const lastSecond = monthEnd(invoice.month) / NS_PER_S - 1n;
  const timestamp = Number(invoice.final ? lastSecond : now / NS_PER_S);
  return {
    events: invoice.lines.flatMap(({ meter, quantity, included }) => {
      const value = quantity - included;
      if (meter === null || value === 0) return [];
      return [
        {
          event_name: `chronoledger_${meter.replace(".", "_")}`,
          identifier: `${invoice.number}-${meter}-${value}`,
          timestamp,
          payload: { stripe_customer_id: invoice.account, value: String(value) },
        },
      ];
    }),
  };
}
