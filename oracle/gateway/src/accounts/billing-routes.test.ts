import assert from "node:assert/strict";
import { Invoice, type Meter, MeterEvents, Usage } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import { type Answer, GatewayRig, OPERATOR_TOKEN } from "../../../../test/support/gateway-rig.ts";
import { monthEnd, monthOf } from "./calendar-month.ts";

const refuses = (answer: Answer, status: number, code: string): void => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json<{ code: string }>().code, code);
};

describe("usage and invoices, over HTTP", () => {
  const rig = new GatewayRig();
  before(() => rig.start());
  after(() => rig.stop());

  const thisMonth = (): string => monthOf(rig.gateway.context.clock.utcNow());
  const charge = async (account: { id: string }, meter: Meter, quantity: number): Promise<void> => {
    const { metering, tiers } = rig.gateway.context;
    const tier = tiers.get("enterprise");
    assert.ok(tier !== undefined);
    const caller = { accountId: account.id, keyId: "ak_a", scopes: ["stamp" as const], tier };
    await rig.database.transaction((tx) => metering.charge(tx as never, caller, meter, quantity));
  };
  const past = async (account: { id: string }, month: string, tier: string, quantities: object): Promise<void> => {
    await rig.database.execute(sql`
      insert into gateway_account_months (account_id, month, tier, billing, quantities)
      values (${account.id}, ${month}, ${tier}, 'subscription', ${JSON.stringify(quantities)}::jsonb)`);
  };
  const get = (path: string, key: string, accept = "application/json") =>
    rig.ask("GET", path, { key, headers: { accept } });
  const invoice = async (month: string, key: string): Promise<Invoice> => {
    const answer = await get(`/v1/invoices/${month}`, key);
    assert.equal(answer.status, 200, answer.text);
    return Invoice.parse(answer.json());
  };

  it("tell what was used of each allowance, and when it begins anew", async () => {
    const account = await rig.account("developer");
    await charge(account, "stamp.basic", 12);
    await charge(account, "schedule.simple", 2);
    const answer = await get("/v1/usage", account.key);
    const usage = Usage.parse(answer.json());
    assert.equal(usage.month, thisMonth());
    assert.deepEqual(answer.json<{ stamps: object }>().stamps, { included: 1000, beyond: "refuse", used: 12 });
    assert.equal(usage.schedules.used, 2);
    assert.equal(usage.quantities["stamp.basic"], 12);
    assert.equal(usage.quantities["proof.generation"], 0);
    assert.equal(answer.json<{ resetsUtcNs: string }>().resetsUtcNs, String(monthEnd(thisMonth())));
  });

  it("are of the account that asks, and of nobody else", async () => {
    const [mine, theirs] = [await rig.account(), await rig.account()];
    await charge(theirs, "stamp.basic", 5);
    assert.equal(Usage.parse((await get("/v1/usage", mine.key)).json()).stamps.used, 0);
    assert.equal((await invoice(thisMonth(), mine.key)).account, mine.id);
  });

  it("come as JSON or, when that is asked for, as a CSV file", async () => {
    const account = await rig.account("professional");
    await charge(account, "schedule.complex", 2);
    const made = await invoice(thisMonth(), account.key);
    assert.equal(made.final, false);
    assert.equal(made.totalMicroUsd, 99_000_000 + 2 * 10_000_000);
    const csv = await get(`/v1/invoices/${thisMonth()}`, account.key, "text/csv, application/json;q=0.5");
    assert.match(csv.headers.get("content-type") ?? "", /^text\/csv/);
    assert.equal(csv.headers.get("vary"), "Accept");
    assert.match(csv.text, new RegExp(`^invoice,account,[^\\r]*\\r\\n${thisMonth()}-${account.id},`));
    assert.match(csv.text, /,Total,,,,,119000000\r\n$/);
  });

  it("bill the fee of the tier that the account has at the month's end, and use beyond that tier's allowance", async () => {
    const account = await rig.account("enterprise");
    await charge(account, "stamp.precise", 150_000);
    const body = { tier: "professional" };
    await rig.ask("PATCH", `/v1/accounts/${account.id}`, { key: OPERATOR_TOKEN, body });
    const { tier, lines } = await invoice(thisMonth(), account.key);
    assert.equal(tier, "professional");
    assert.deepEqual(
      lines.map(({ included, amountMicroUsd }) => [included, amountMicroUsd]),
      [
        [0, 99_000_000],
        [100_000, 500_000_000],
      ],
    );
  });

  it("of past months stay as they were, and a month without use has the tier that held then", async () => {
    const account = await rig.account("enterprise");
    await past(account, "2025-03", "developer", { "stamp.basic": 3 });
    await past(account, "2025-06", "professional", {});
    const months = ["2025-03", "2025-04", "2025-06", "2025-12", thisMonth()];
    const made = [];
    for (const month of months) made.push(await invoice(month, account.key));
    assert.deepEqual(
      made.map(({ tier, final, lines }) => [tier, final, lines.length]),
      [
        ["developer", true, 2],
        ["developer", true, 1],
        ["professional", true, 1],
        ["professional", true, 1],
        ["enterprise", false, 1],
      ],
    );
  });

  it("of months before the account and of those to come are not there", async () => {
    const { key } = await rig.account();
    for (const path of ["/v1/invoices/2025-01", "/v1/invoices/2025-01/meter-events", "/v1/usage?month=2025-01"])
      refuses(await get(path, key), 404, "input/not-found");
    const next = monthOf(monthEnd(thisMonth()));
    for (const path of [`/v1/invoices/${next}`, `/v1/invoices/${next}/meter-events`, `/v1/usage?month=${next}`])
      refuses(await get(path, key), 400, "input/out-of-range");
    for (const month of ["2026-13", "2026-1", "now"])
      refuses(await get(`/v1/invoices/${month}`, key), 400, "input/malformed");
  });

  it("become meter events, the same when they are asked for again", async () => {
    const account = await rig.account("developer", "usage");
    await charge(account, "stamp.basic", 41);
    const ask = async () => {
      const { json } = await get(`/v1/invoices/${thisMonth()}/meter-events`, account.key);
      return MeterEvents.parse(json()).events.map(({ identifier, payload }) => ({ identifier, payload }));
    };
    const [first, second] = [await ask(), await ask()];
    assert.deepEqual(first, second);
    assert.deepEqual(first[0]?.payload, { stripe_customer_id: account.id, value: "41" });
  });
});
