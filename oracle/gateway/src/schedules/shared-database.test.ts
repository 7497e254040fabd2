import assert from "node:assert/strict";
import { createSystemClock } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { PostgresServer } from "../../../../test/support/postgres-server.ts";
import { CalledTarget, ScheduleRig } from "../../../../test/support/schedule-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { type Dispatcher, startDispatcher } from "../webhooks/dispatcher.ts";
import { type ScheduleRunner, startScheduleRunner } from "./schedule-runner.ts";

const S = 1_000_000_000n;

describe("gateways that share a PostgreSQL server", function () {
  this.timeout(60_000);
  const server = new PostgresServer();
  const rigs: ScheduleRig[] = [];
  const runners: (ScheduleRunner | Dispatcher)[] = [];
  let calls: CalledTarget;
  let hooks: CalledTarget;
  const clock = createSystemClock();

  before(async () => {
    await server.start();
    for (let i = 0; i < 3; i++) rigs.push(await ScheduleRig.open({ url: server.url }));
    calls = await new CalledTarget().start();
    hooks = await new CalledTarget().start();
    for (const rig of rigs) {
      await rig.serve();
      runners.push(startScheduleRunner(rig.context, { pollMs: 20 }), startDispatcher(rig.context, { pollMs: 20 }));
    }
  });
  after(async () => {
    for (const runner of runners) await runner.stop();
    calls.stop();
    hooks.stop();
    for (const rig of rigs) await rig.stop();
    await server.stop();
  });

  it("make each call once, and tell of it once, whichever accepted it", async () => {
    const [first] = rigs;
    assert.ok(first !== undefined);
    const { key } = await first.account();
    await first.ask(key, "POST", "/v1/webhooks", {
      url: hooks.url,
      events: ["schedule.executed", "schedule.cancelled"],
    });
    const executeUtcNs = clock.utcNow() + 3n * S;
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        (rigs[i % rigs.length] as ScheduleRig).ask<{ id: string }>(key, "POST", "/v1/schedules", {
          target: calls.url,
          executeUtcNs: String(executeUtcNs + BigInt(i % 3) * 1_000_000n),
        }),
      ),
    );
    assert.deepEqual(new Set(made.map(({ status }) => status)), new Set([201]));
    const cancelled = made.slice(0, 10).map(({ body }) => body.id);
    const answers = await Promise.all(
      cancelled.map((id, i) =>
        (rigs[(i + 1) % rigs.length] as ScheduleRig).ask<{ cancelled: boolean }>(key, "DELETE", `/v1/schedules/${id}`),
      ),
    );
    assert.ok(answers.every(({ body }) => body.cancelled));
    await until("all is told", async () => {
      const [row] = await first.rows<{ open: number; told: number }>(sql`select
        (select count(*)::int from gateway_schedules where not settled) as open,
        (select count(*)::int from gateway_deliveries where state = 'delivered') as told`);
      return row?.open === 0 && row.told === 60;
    });
    const called = calls.received.map(({ headers }) => headers["idempotency-key"]);
    assert.deepEqual(
      called.toSorted(),
      made
        .slice(10)
        .map(({ body }) => body.id)
        .toSorted(),
    );
    assert.equal(hooks.received.length, 60);
    for (const { at } of calls.received) assert.ok(at >= executeUtcNs);
  });

  it("change, rotate and retry as on the embedded database", async () => {
    const [first] = rigs;
    assert.ok(first !== undefined);
    const { key } = await first.account();
    const { body } = await first.ask<{ webhook: { id: string } }>(key, "POST", "/v1/webhooks", {
      url: hooks.url,
      events: ["schedule.failed"],
    });
    const path = `/v1/webhooks/${body.webhook.id}`;
    assert.equal((await first.ask(key, "PATCH", path, { description: null, enabled: true })).status, 200);
    assert.equal((await first.ask(key, "PATCH", path, { events: ["stamp.scheduled"], url: hooks.url })).status, 200);
    assert.equal((await first.ask(key, "POST", `${path}/rotate`)).status, 201);
    assert.equal((await first.ask(key, "GET", `${path}/deliveries?limit=5`)).status, 200);
    assert.equal((await first.ask(key, "POST", "/v1/schedules/signing-secret/rotate")).status, 201);
    assert.equal((await first.ask(key, "POST", "/v1/schedules/signing-secret/rotate")).status, 201);
    assert.equal((await first.ask<{ version: number }>(key, "GET", "/v1/schedules/signing-secret")).body.version, 3);
    assert.equal((await first.ask(key, "DELETE", path)).status, 204);
  });
});
