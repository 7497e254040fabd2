import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { type Account, Invoice, METERS, type Meter, MeterEvents, type Tier } from "@chronoledger/core/gateway";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { ALLOWANCES, metersOf, type Quantities, usedOf } from "./allowance.ts";
import { invoiceOf } from "./invoice.ts";
import { invoiceCsv } from "./invoice-csv.ts";
import { meterEventsOf } from "./meter-events.ts";
import { tierList, tiersByName } from "./tiers.ts";

const ID = `ac_${"A".repeat(22)}`;
const prices = tierList.pricesMicroUsd;
const tierNamed = (name: Account["tier"]): Tier => {
  const tier = tiersByName.get(name);
  assert.ok(tier !== undefined);
  return tier;
};
const invoice = (
  tier: Account["tier"],
  billing: Account["billing"],
  quantities: Quantities,
  more: { name?: string; final?: boolean } = {},
): Invoice =>
  invoiceOf({
    account: { id: ID, name: more.name ?? "a firm" },
    month: { accountId: ID, month: "2026-11", tier, billing, quantities },
    tier: tierNamed(tier),
    prices,
    final: more.final ?? true,
  });

describe("an invoice", () => {
  it("charges the tier's fee and what lies beyond its allowances", () => {
    const { lines, totalMicroUsd, number } = invoice("professional", "subscription", {
      "stamp.basic": 90_000,
      "schedule.simple": 3,
      "schedule.complex": 1,
      "proof.verification": 7,
    });
    assert.deepEqual(
      lines.map(({ meter, quantity, included, amountMicroUsd }) => [meter, quantity, included, amountMicroUsd]),
      [
        [null, 1, 0, 99_000_000],
        ["stamp.basic", 90_000, 90_000, 0],
        ["schedule.simple", 3, 0, 3_000_000],
        ["schedule.complex", 1, 0, 10_000_000],
        ["proof.verification", 7, 0, 70_000],
      ],
    );
    assert.equal(totalMicroUsd, 112_070_000);
    assert.equal(number, `2026-11-${ID}`);
  });

  it("charges by use each stamp, call and proof at its price, without a fee", () => {
    const { lines, totalMicroUsd } = invoice(
      "developer",
      "usage",
      Object.fromEntries(METERS.map((meter) => [meter, 1])),
    );
    assert.deepEqual(
      lines.map(({ amountMicroUsd }) => amountMicroUsd),
      [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000, 10_000],
    );
    assert.equal(totalMicroUsd, 11_221_000);
  });

  it("gives a shared allowance to the dearest meter first", () => {
    const { lines } = invoice("developer", "subscription", { "stamp.basic": 900, "stamp.compliant": 400 });
    assert.deepEqual(
      lines.slice(1).map(({ meter, included, amountMicroUsd }) => [meter, included, amountMicroUsd]),
      [
        ["stamp.basic", 600, 300_000],
        ["stamp.compliant", 400, 0],
      ],
    );
  });

  it("adds up: lines to the total, included and charged to what was used, and never more than is included", () => {
    const quantities = fc
      .array(fc.nat(20_000_000), { minLength: METERS.length, maxLength: METERS.length })
      .map((list) => Object.fromEntries(METERS.map((meter, i) => [meter, list[i] ?? 0])) as Record<Meter, number>);
    holds(
      fc.property(
        fc.constantFrom(...tierList.tiers),
        fc.constantFrom("subscription" as const, "usage" as const),
        quantities,
        (tier, billing, used) => {
          const made = Invoice.parse(invoice(tier.name, billing, used));
          assert.equal(
            made.totalMicroUsd,
            made.lines.reduce((sum, line) => sum + line.amountMicroUsd, 0),
          );
          for (const line of made.lines) {
            assert.equal(line.amountMicroUsd, (line.quantity - line.included) * line.unitMicroUsd);
            if (line.meter !== null) assert.equal(line.quantity, used[line.meter]);
          }
          for (const name of ALLOWANCES) {
            const free = made.lines
              .filter(({ meter }) => meter !== null && metersOf(name).includes(meter))
              .reduce((sum, { included }) => sum + included, 0);
            const allowed = billing === "usage" ? 0 : (tier[name].included ?? Number.POSITIVE_INFINITY);
            assert.equal(free, Math.min(allowed, usedOf(used, name)));
          }
        },
      ),
    );
  });
});

/** RFC 4180 as a reader of it would. */
function parseCsv(text: string): string[][] {
  assert.ok(text.endsWith("\r\n"));
  const rows: string[][] = [[]];
  const cells = text.slice(0, -2).matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g);
  for (const [, quoted, plain, end] of cells) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows;
}

describe("an invoice as CSV", () => {
  it("has a row for each line and one for the total, whatever the account is called", () => {
    holds(
      fc.property(fc.string({ minLength: 1, maxLength: 100 }), (name) => {
        const made = invoice("professional", "subscription", { "stamp.basic": 5, "schedule.simple": 2 }, { name });
        const [header, ...rows] = parseCsv(invoiceCsv(made));
        assert.equal(header?.length, 13);
        assert.equal(rows.length, made.lines.length + 1);
        for (const row of rows) {
          assert.equal(row.length, 13);
          assert.ok(row[2] === name || row[2] === `'${name}`);
          assert.doesNotMatch(row[2] ?? "", /^\s*[=+\-@\t\r]/);
        }
        assert.equal(rows.at(-1)?.[12], String(made.totalMicroUsd));
      }),
    );
  });

  it("makes text of what a spreadsheet would run", () => {
    const text = invoiceCsv(invoice("developer", "usage", {}, { name: '=HYPERLINK("http://127.0.0.1","x")' }));
    assert.match(text, /,"'=HYPERLINK\(""http:\/\/127\.0\.0\.1"",""x""\)",/);
  });
});

describe("an invoice as meter events", () => {
  const used = { "stamp.basic": 5, "schedule.simple": 2, "proof.generation": 9 } as const;
  const now = unixNs(1_795_000_000_123_456_789n);

  it("tells each meter's charged quantity, once the month is over at its last second", () => {
    const { events } = MeterEvents.parse(meterEventsOf(invoice("professional", "subscription", used), now));
    assert.deepEqual(events, [
      {
        event_name: "chronoledger_schedule_simple",
        identifier: `2026-11-${ID}-schedule.simple-2`,
        timestamp: Date.UTC(2026, 11, 1) / 1000 - 1,
        payload: { stripe_customer_id: ID, value: "2" },
      },
      {
        event_name: "chronoledger_proof_generation",
        identifier: `2026-11-${ID}-proof.generation-9`,
        timestamp: Date.UTC(2026, 11, 1) / 1000 - 1,
        payload: { stripe_customer_id: ID, value: "9" },
      },
    ]);
  });

  it("has an identifier that says the same only when the value is the same, within what Stripe takes", () => {
    const ids = (quantity: number) =>
      meterEventsOf(invoice("developer", "usage", { "stamp.basic": quantity }, { final: false }), now).events.map(
        ({ identifier }) => identifier,
      );
    assert.deepEqual(ids(7), ids(7));
    assert.notDeepEqual(ids(7), ids(8));
    assert.ok(ids(Number.MAX_SAFE_INTEGER).every(({ length }) => length <= 100));
  });

  it("of a running month are of this second", () => {
    const [event] = meterEventsOf(invoice("developer", "usage", used, { final: false }), now).events;
    assert.equal(event?.timestamp, 1_795_000_000);
  });
});
