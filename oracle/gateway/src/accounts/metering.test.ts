import assert from "node:assert/strict";
import { isChronoError, type UnixNs, unixNs } from "@chronoledger/core";
import { type Account, METERS, type Meter } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import * as fc from "fast-check";
import { type OpenDatabase, openTestDatabase } from "../../../../test/support/database.ts";
import type { Caller } from "../http/authenticate.ts";
import { monthQuotaOf } from "../http/month-quota.ts";
import { gatewayMigrations } from "../store/migrations.ts";
import { changeAccount, insertAccount } from "./account-store.ts";
import { allowanceNameOf, limitOf, metersOf } from "./allowance.ts";
import { type ChargeOrder, createMetering, type MonthMetering } from "./metering.ts";
import { tiersByName } from "./tiers.ts";

const NOVEMBER = unixNs(BigInt(Date.UTC(2026, 10, 20)) * 1_000_000n);
const DECEMBER = unixNs(BigInt(Date.UTC(2026, 11, 1)) * 1_000_000n);

describe("metering", () => {
  let opened: OpenDatabase;
  let db: Database;
  let now: UnixNs = NOVEMBER;
  let metering: MonthMetering;

  before(async () => {
    opened = await openTestDatabase(gatewayMigrations);
    db = opened.db;
    metering = createMetering({ clock: { utcNow: () => now }, tiers: tiersByName });
  });
  after(() => opened.close());
  beforeEach(() => {
    now = NOVEMBER;
  });

  const inTransaction = <Value>(work: (tx: Database) => Promise<Value>): Promise<Value> =>
    db.transaction((tx) => work(tx as unknown as Database));
  const open = async (tier: Account["tier"], billing: Account["billing"] = "subscription"): Promise<Caller> => {
    const account = await inTransaction((tx) => insertAccount(tx, { name: "a firm", tier, billing }, NOVEMBER));
    return callerOf(account.id, tier);
  };
  const callerOf = (accountId: string, tierName: Account["tier"]): Caller => {
    const tier = tiersByName.get(tierName);
    assert.ok(tier !== undefined);
    return { accountId, keyId: "ak_a", scopes: ["stamp"], tier };
  };
  const usage = async (accountId: string, month = "2026-11"): Promise<Partial<Record<Meter, number>>> => {
    const result = await db.execute(
      sql`select meter, quantity::integer as quantity from gateway_usage where account_id = ${accountId} and month = ${month}`,
    );
    const { rows } = result as unknown as { rows: { meter: Meter; quantity: number }[] };
    return Object.fromEntries(rows.map(({ meter, quantity }) => [meter, quantity]));
  };
  const charge = (caller: Caller, meter: Meter, quantity: number) =>
    inTransaction((tx) => metering.charge(tx, caller, meter, quantity));

  it("counts each charge once and refuses only what would go beyond, however charges interleave", async () => {
    const orders = fc.array(
      fc.record({
        account: fc.nat(2),
        meter: fc.constantFrom<Meter>(...METERS),
        quantity: fc.integer({ min: 1, max: 600 }),
      }),
      { minLength: 1, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(orders, { minLength: 1, maxLength: 4 }), fc.boolean(), async (groups, single) => {
        const callers = await Promise.all([open("developer"), open("developer", "usage"), open("professional")]);
        const terms = ["subscription", "usage", "subscription"] as const;
        const charged = new Map<string, number>();
        await Promise.all(
          groups.map(async (group) => {
            const list = group.map(({ account, meter, quantity }) => ({
              caller: callers[account] as Caller,
              meter,
              quantity,
            }));
            const admitted = single ? await oneByOne(list) : await inTransaction((tx) => metering.chargeMany(tx, list));
            list.forEach(({ caller, meter, quantity }, index) => {
              const key = `${caller.accountId} ${meter}`;
              if (admitted[index] === true) charged.set(key, (charged.get(key) ?? 0) + quantity);
            });
          }),
        );
        for (const [index, caller] of callers.entries()) {
          const used = await usage(caller.accountId);
          for (const meter of METERS) {
            assert.equal(used[meter] ?? 0, charged.get(`${caller.accountId} ${meter}`) ?? 0, meter);
            const limit = limitOf(caller.tier, terms[index] ?? "usage", allowanceNameOf(meter));
            const sum = metersOf(allowanceNameOf(meter)).reduce((total, each) => total + (used[each] ?? 0), 0);
            assert.ok(limit === undefined || sum <= limit, `${meter}: ${sum} of ${limit}`);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  const oneByOne = (orders: readonly ChargeOrder[]): Promise<boolean[]> =>
    Promise.all(
      orders.map(async ({ caller, meter, quantity }) => {
        try {
          await charge(caller, meter, quantity);
          return true;
        } catch (error) {
          assert.ok(isChronoError(error) && error.code === "quota/exceeded", String(error));
          return false;
        }
      }),
    );

  it("refuses with what was used, what is included, and when it begins anew", async () => {
    const caller = await open("developer");
    await charge(caller, "stamp.basic", 990);
    await assert.rejects(charge(caller, "stamp.precise", 11), (error: unknown) => {
      assert.ok(isChronoError(error));
      assert.equal(error.code, "quota/exceeded");
      assert.deepEqual(error.details, {
        meter: "stamp.precise",
        used: 990,
        included: 1000,
        month: "2026-11",
        resetsUtc: "2026-12-01T00:00:00Z",
      });
      return true;
    });
    await charge(caller, "stamp.precise", 10);
    assert.deepEqual(await usage(caller.accountId), { "stamp.basic": 990, "stamp.precise": 10 });
    assert.deepEqual(monthQuotaOf(caller), { used: 1000, included: 1000 });
  });

  it("goes on with smaller orders after one that was too large", async () => {
    const caller = await open("developer");
    const order = (quantity: number): ChargeOrder => ({ caller, meter: "stamp.basic", quantity });
    const admitted = await inTransaction((tx) =>
      metering.chargeMany(tx, [order(900), order(101), order(60), order(41), order(40)]),
    );
    assert.deepEqual(admitted, [true, false, true, false, true]);
    assert.deepEqual(await usage(caller.accountId), { "stamp.basic": 1000 });
    assert.equal(metering.refusalOf(order(1)).code, "quota/exceeded");
  });

  it("begins anew with the next calendar month in UTC", async () => {
    const caller = await open("developer");
    now = unixNs(DECEMBER - 1n);
    await charge(caller, "stamp.basic", 1000);
    await assert.rejects(charge(caller, "stamp.basic", 1), { code: "quota/exceeded" });
    now = DECEMBER;
    await charge(caller, "stamp.basic", 1);
    assert.deepEqual(await usage(caller.accountId), { "stamp.basic": 1000 });
    assert.deepEqual(await usage(caller.accountId, "2026-12"), { "stamp.basic": 1 });
  });

  it("refuses nothing under billing by use, and nothing that is charged beyond the allowance", async () => {
    const [byUse, professional] = [await open("developer", "usage"), await open("professional")];
    await charge(byUse, "stamp.basic", 5_000_000);
    await charge(professional, "schedule.simple", 3);
    await assert.rejects(charge(professional, "stamp.basic", 100_001), { code: "quota/exceeded" });
    assert.equal(monthQuotaOf(byUse), undefined);
  });

  it("goes by the tier that the account has now, whatever the key's holder was told before", async () => {
    const caller = await open("developer");
    await changeAccount(db, caller.accountId, { tier: "professional" }, now);
    await charge(caller, "stamp.basic", 2_000);
    await changeAccount(db, caller.accountId, { tier: "developer" }, now);
    await assert.rejects(charge(caller, "stamp.basic", 1), { code: "quota/exceeded" });
  });

  it("charges nothing when the transaction does not commit", async () => {
    const caller = await open("developer");
    await assert.rejects(
      inTransaction(async (tx) => {
        await metering.charge(tx, caller, "stamp.basic", 7);
        throw new Error("the effect failed");
      }),
      /the effect failed/,
    );
    assert.deepEqual(await usage(caller.accountId), {});
  });

  it("refuses a closed account and an unknown one", async () => {
    const closed = await open("enterprise");
    await changeAccount(db, closed.accountId, { closed: true }, now);
    for (const caller of [closed, callerOf(`ac_${"A".repeat(22)}`, "enterprise")])
      await assert.rejects(charge(caller, "stamp.basic", 1), { code: "auth/refused" });
  });

  it("does not count fractions, nothing, or less than nothing", async () => {
    const caller = await open("enterprise");
    for (const quantity of [0, -1, 0.5, Number.NaN])
      await assert.rejects(charge(caller, "stamp.basic", quantity), /range|quota/);
    assert.deepEqual(await usage(caller.accountId), {});
  });
});
