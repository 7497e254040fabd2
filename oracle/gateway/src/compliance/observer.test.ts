import assert from "node:assert/strict";
import { MonitoringRule, RuleState } from "@chronoledger/compliance";
import { durationNs, NS_PER_S, unixNs } from "@chronoledger/core";
import { sql } from "drizzle-orm";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";
import type { GatewayContext } from "../context.ts";
import { numeric, rowsOf } from "../store/rows-of.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import type { ChangeRow } from "./network-changes.ts";
import { observationRow } from "./observation-row.ts";
import { insertObservations } from "./observation-store.ts";
import { applyRetention, keptSince } from "./retention.ts";

const YEAR_NS = 366n * 86_400n * NS_PER_S;

describe("what is recorded of the clocks", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  let key: string;
  let accountId: string;

  before(async () => {
    await rig.start();
    ({ key, id: accountId } = await rig.account("regulatory"));
  });
  after(() => rig.stop());

  const changes = (kind: string) =>
    rowsOf<ChangeRow>(
      rig.database,
      sql`select kind, subject, before, after, gateway from gateway_changes where kind = ${kind} order by id`,
    );
  const looks = async (where = sql`true`) => {
    const [row] = await rowsOf<{ n: number }>(
      rig.database,
      sql`select count(*)::integer as n from gateway_observations where ${where}`,
    );
    return row?.n ?? 0;
  };
  const count = async (table: string, where = sql`true`) => {
    const [row] = await rowsOf<{ n: number }>(
      rig.database,
      sql`select count(*)::integer as n from ${sql.identifier(table)} where ${where}`,
    );
    return row?.n ?? 0;
  };

  it("is a row for each node and round, with how uncertain the offset's measurement is", async () => {
    for (const node of [0, 1, 2, 3])
      await until(`two looks at node ${node}`, async () => (await looks(sql`node = ${node}`)) >= 2);
    const rows = await rowsOf<{ m: string; flags: number; source: string }>(
      rig.database,
      sql`select measurement_ns::text as m, flags, source from gateway_observations where measurement_ns is not null limit 4`,
    );
    assert.ok(rows.length > 0);
    for (const { m, flags, source } of rows) {
      assert.ok(BigInt(m) > 0n);
      assert.deepEqual([flags & 1, source], [1, "software"]);
    }
  });

  it("tells the start of the gateway, its software and its configuration", async () => {
    const [started] = await changes("started");
    assert.match(started?.gateway ?? "", /^gw_/);
    assert.deepEqual(
      (await changes("software")).map(({ before, after }) => [before, after]),
      [[null, "0.1.0"]],
    );
    assert.match((await changes("configuration"))[0]?.after ?? "", /^[0-9a-f]{64}$/);
  });

  it("tells when a node falls silent and when it comes back, and what that does to the quorum", async () => {
    const after = async (kind: string, subject: string) =>
      (await changes(kind)).filter((row) => row.subject === subject).map((row) => row.after);
    rig.oracle.mute.add(2);
    rig.oracle.mute.add(3);
    await until("the quorum to be short", async () => (await after("quorum", "network")).at(-1) === "short");
    assert.equal((await after("node-state", "node 2")).at(-1), "refusing");
    rig.oracle.mute.clear();
    await until("the quorum to be back", async () => (await after("quorum", "network")).at(-1) === "reached");
  });

  it("tells another start after a restart, and nothing that is as it was", async () => {
    const before = await changes("configuration");
    const states = await changes("test-flag");
    await rig.close();
    await rig.open();
    await until("the second start", async () => (await changes("started")).length === 2);
    const rows = await looks();
    await until("looks after it", async () => (await looks()) > rows + 4);
    assert.deepEqual(await changes("configuration"), before);
    assert.deepEqual(await changes("test-flag"), states);
  });

  it("takes a node that states nonsense without harm", async () => {
    const { context } = rig.gateway;
    const [look] = context.arrival.observations();
    assert.ok(look !== undefined);
    const reading = context.arrival.now();
    const row = observationRow(
      { ...look, offset: -(1n << 70n), source: `a\u0000b${"x".repeat(500)}`, timeUtc: unixNs(5n) },
      reading,
      context.set,
    );
    assert.equal(row.source.length, 100);
    assert.ok(reading !== undefined);
    const measured = { ...look, offset: 1n, measurementUncertainty: durationNs(5n) };
    const { measurement_ns } = observationRow(measured, { ...reading, uncertainty: durationNs(7n) }, context.set);
    assert.equal(measurement_ns, "12", "what the question took, and what it was measured against");
    await insertObservations(rig.database, [row, row]);
    assert.equal(await looks(sql`time_utc = 5`), 1);
    await rig.database.execute(sql`delete from gateway_observations where time_utc = 5`);
  });

  describe("retention", () => {
    const age = async (years: bigint): Promise<void> => {
      const { context } = rig.gateway;
      const [look] = context.arrival.observations();
      assert.ok(look !== undefined);
      const timeUtc = unixNs(context.clock.utcNow() - years * YEAR_NS - NS_PER_S);
      await insertObservations(rig.database, [observationRow({ ...look, timeUtc }, undefined, context.set)]);
    };
    const old = (years: bigint) =>
      looks(sql`time_utc < ${numeric(rig.gateway.context.clock.utcNow() - years * YEAR_NS)}`);

    it("keeps what the account that asks for most wants, and deletes the rest", async () => {
      await rig.ask("PUT", "/v1/compliance/retention", { key, body: { years: 10 } });
      for (const years of [4n, 6n, 9n, 11n]) await age(years);
      await applyRetention(rig.gateway.context, new AbortController().signal);
      assert.deepEqual([await old(10n), await old(8n), await old(5n), await old(3n)], [0, 1, 2, 3]);
    });

    it("never deletes what is younger than five years, whatever a row in the database says", async () => {
      await rig.database.execute(sql`update gateway_accounts set retention_years = 1`);
      await applyRetention(rig.gateway.context, new AbortController().signal);
      assert.deepEqual([await old(5n), await old(3n)], [0, 1]);
      assert.equal(keptSince(unixNs(10n * YEAR_NS), 0), 5n * YEAR_NS);
      await rig.database.execute(sql`update gateway_accounts set retention_years = 7`);
    });
  });

  describe("rules", () => {
    const make = async (rule: object, by = key, name = "a rule") =>
      rig.ask("POST", "/v1/compliance/rules", { key: by, body: { name, rule } });
    const alertsOf = async (ruleId: string, by = key) =>
      (await rig.ask("GET", "/v1/compliance/alerts", { key: by }))
        .json<{ items: { ruleId: string; kind: string; message: string }[] }>()
        .items.filter((one) => one.ruleId === ruleId);

    it("raise one alert for a breach and one for its end, with a message for the webhooks", async () => {
      const hook = { url: "http://127.0.0.1:9/", events: ["compliance.alert"] };
      const hooked = await rig.ask("POST", "/v1/webhooks", { key, body: hook });
      assert.equal(hooked.status, 201, hooked.text);
      const made = await make({ kind: "node-not-healthy", node: 1, durationNs: "0", clearAfterNs: "0" });
      assert.equal(made.status, 201, made.text);
      const { id } = made.json<{ id: string }>();
      rig.oracle.mute.add(1);
      await until("the breach", async () => (await alertsOf(id)).length === 1);
      const breached = await rig.ask("GET", `/v1/compliance/rules/${id}`, { key });
      assert.equal(breached.json<{ breached: boolean }>().breached, true);
      const rows = await looks();
      await until("further looks", async () => (await looks()) > rows + 8);
      assert.equal((await alertsOf(id)).length, 1);
      rig.oracle.mute.clear();
      await until("the end", async () => (await alertsOf(id)).length === 2);
      assert.deepEqual(
        (await alertsOf(id)).map(({ kind }) => kind),
        ["cleared", "raised"],
      );
      assert.equal(await count("gateway_deliveries", sql`event = 'compliance.alert'`), 2);
      const deleted = await rig.ask("DELETE", `/v1/compliance/rules/${id}`, { key });
      assert.equal(deleted.status, 200);
      assert.equal((await alertsOf(id)).length, 2, "alerts are records");
    });

    it("are told once when several gateways look at once", async () => {
      const made = await make({ kind: "test-flag-seen", node: null, clearAfterNs: "0" }, key, "test flag");
      const { id } = made.json<{ id: string }>();
      const { context } = rig.gateway;
      await until("a look", async () => (await alertsOf(id)).length > 0);
      await Promise.all(Array.from({ length: 8 }, () => evaluateRules(context, 37)));
      assert.equal((await alertsOf(id)).length, 4, "one a node");
      await rig.ask("DELETE", `/v1/compliance/rules/${id}`, { key });
    });

    it("tell nothing and keep their state when the message cannot be written", async () => {
      const made = await make({ kind: "test-flag-seen", node: 3, clearAfterNs: "0" });
      const { id } = made.json<{ id: string }>();
      await until("its first look", async () => (await alertsOf(id)).length === 1);
      await rig.database.execute(sql`update gateway_rules set state = '{"state":"ok","subjects":{}}' where id = ${id}`);
      const broken: GatewayContext = {
        ...rig.gateway.context,
        outbox: { enqueue: () => Promise.reject(new Error("told to fail")) },
      };
      // The gateway's own round may be faster: then there is nothing to tell.
      await evaluateRules(broken, 37).catch(() => undefined);
      await until("it is told by the next round", async () => (await alertsOf(id)).length === 2);
      await rig.ask("DELETE", `/v1/compliance/rules/${id}`, { key });
    });

    it("watch an account's own stamps", async () => {
      const made = await make({ kind: "stamp-outside-limit", limitNs: "1", clearAfterNs: "0" });
      const { id } = made.json<{ id: string }>();
      await rig.ask("POST", "/v1/stamps", { key, body: {} });
      // Stamps of the last ten seconds may still be joined by earlier ones.
      await rig.database.execute(sql`update gateway_rules set created_at = created_at - 60000000000 where id = ${id}`);
      await rig.database.execute(
        sql`update gateway_stamps set time_utc = time_utc - 20000000000 where account_id = ${accountId}`,
      );
      await until("the breach", async () => (await alertsOf(id)).some(({ kind }) => kind === "raised"));
      await rig.ask("DELETE", `/v1/compliance/rules/${id}`, { key });
    });

    it("watch how many certificates came", async () => {
      const rule = { kind: "certificate-rate-below", perMinute: 6_000, windowNs: "1000000000", clearAfterNs: "0" };
      const made = await make(rule);
      const { id } = made.json<{ id: string }>();
      await until("the breach", async () => (await alertsOf(id)).length === 1);
      assert.equal((await make({ ...rule, windowNs: "3600000000001" })).status, 400);
      await rig.ask("DELETE", `/v1/compliance/rules/${id}`, { key });
    });

    it("are changed in their limits, not in what they are about", async () => {
      const rule = { kind: "uncertainty-above", node: 0, limitNs: "100", clearAfterNs: "0" };
      const { id } = (await make(rule)).json<{ id: string }>();
      const put = (body: object) => rig.ask("PUT", `/v1/compliance/rules/${id}`, { key, body });
      const changed = await put({ name: "wider", rule: { ...rule, limitNs: "999000000000" } });
      assert.equal(changed.status, 200, changed.text);
      assert.equal(changed.json<{ rule: { limitNs: string } }>().rule.limitNs, "999000000000");
      assert.equal((await put({ name: "other", rule: { ...rule, node: 1 } })).status, 400);
      assert.equal((await put({ name: "other", rule: { ...rule, kind: "divergence-above" } })).status, 400);
      await rig.ask("DELETE", `/v1/compliance/rules/${id}`, { key });
    });

    it("are refused when they are none, beyond fifty, and to a tier without them", async () => {
      for (const rule of [
        null,
        [],
        "text",
        { kind: "nonsense" },
        { kind: "uncertainty-above", node: 99, limitNs: "1" },
      ])
        assert.equal((await rig.ask("POST", "/v1/compliance/rules", { key, body: { name: "x", rule } })).status, 400);
      const basic = await rig.account("professional");
      const refused = await make({ kind: "test-flag-seen", node: null }, basic.key);
      assert.equal(refused.status, 403);
      const { key: by } = await rig.account("enterprise");
      const silent = { kind: "gap-longer-than", node: null, durationNs: "999000000000000", clearAfterNs: "0" };
      const made = await Promise.all(Array.from({ length: 52 }, () => make(silent, by)));
      assert.deepEqual([made.filter(({ status }) => status === 201).length, made.at(-1)?.status === 500], [50, false]);
      const page = (await rig.ask("GET", "/v1/compliance/rules?limit=20", { key: by })).json<{
        items: { id: string }[];
        next: string;
      }>();
      const next = (await rig.ask("GET", `/v1/compliance/rules?limit=100&cursor=${page.next}`, { key: by })).json<{
        items: { id: string }[];
      }>();
      assert.equal(new Set([...page.items, ...next.items].map(({ id }) => id)).size, 50);
      const other = page.items[0]?.id ?? "";
      for (const method of ["GET", "DELETE"])
        assert.equal((await rig.ask(method, `/v1/compliance/rules/${other}`, { key })).status, 404);
    });

    it("are kept as the library reads them", async () => {
      const rows = await rowsOf<{ rule: unknown; state: unknown }>(
        rig.database,
        sql`select rule, state from gateway_rules`,
      );
      assert.ok(rows.length > 0);
      for (const { rule, state } of rows) {
        MonitoringRule.parse(rule);
        RuleState.parse(state);
      }
    });
  });
});
