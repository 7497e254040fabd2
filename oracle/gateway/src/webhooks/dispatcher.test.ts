import assert from "node:assert/strict";
import type { Delivery } from "@chronoledger/core/gateway";
import { createSystemClock, FakeClock } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { CalledTarget, ScheduleRig } from "../../../../test/support/schedule-rig.ts";
import { until } from "../../../../test/support/until.ts";
import { type Dispatcher, startDispatcher } from "./dispatcher.ts";
import { RETRY_DELAYS_S } from "./retry-plan.ts";

const S = 1_000_000_000n;
const DAY = 86_400n * S;

describe("a dispatcher of webhooks", () => {
  let rig: ScheduleRig;
  let clock: FakeClock;
  let target: CalledTarget;
  let account: { id: string; key: string };
  const running: Dispatcher[] = [];

  const dispatch = (): Dispatcher => {
    const dispatcher = startDispatcher(rig.context, { pollMs: 5 });
    running.push(dispatcher);
    return dispatcher;
  };
  const create = async (url = target.url) => {
    const made = await rig.ask<{ webhook: { id: string }; secret: string }>(account.key, "POST", "/v1/webhooks", {
      url,
      events: ["schedule.executed", "schedule.failed"],
    });
    assert.equal(made.status, 201);
    return { id: made.body.webhook.id, secret: made.body.secret };
  };
  const enqueue = (event: "schedule.executed" | "schedule.cancelled" = "schedule.executed", n = 1) =>
    rig.db.transaction((tx) => rig.context.outbox.enqueue(tx as never, account.id, event, { n }));
  const log = async (
    id: string,
  ): Promise<(Delivery & { attempts: { status: number | null; error: string | null }[] })[]> =>
    (await rig.ask<{ items: never[] }>(account.key, "GET", `/v1/webhooks/${id}/deliveries`)).body.items;
  const settled = (id: string, attempts: number) =>
    until(`${attempts} attempts`, async () => {
      const [delivery] = await log(id);
      return delivery?.attempts.length === attempts && delivery;
    });

  before(async () => {
    clock = new FakeClock(createSystemClock().utcNow());
    rig = await ScheduleRig.open({ clock });
    await rig.serve();
  });
  after(() => rig.stop());
  beforeEach(async () => {
    // The library that verifies looks at the system's clock.
    clock.step(createSystemClock().utcNow() - clock.utcNow());
    await rig.clear();
    target = await new CalledTarget().start();
    account = await rig.account();
  });
  afterEach(async () => {
    for (const dispatcher of running.splice(0)) await dispatcher.stop();
    target.stop();
  });

  it("sends what was enqueued, signed, to those who want it", async () => {
    const { id, secret } = await create();
    dispatch();
    await enqueue("schedule.cancelled");
    await enqueue("schedule.executed", 7);
    const delivery = await settled(id, 1);
    assert.equal(delivery.state, "delivered");
    assert.equal(target.received.length, 1);
    const [got] = target.received;
    const payload = new Webhook(secret).verify(got?.body ?? "", got?.headers as Record<string, string>);
    assert.deepEqual((payload as { type: string; data: unknown }).data, { n: 7 });
    assert.equal(got?.headers["webhook-id"], delivery.id);
  });

  it("sends nothing of what was rolled back", async () => {
    const { id } = await create();
    dispatch();
    await assert.rejects(
      rig.db.transaction(async (tx) => {
        await rig.context.outbox.enqueue(tx as never, account.id, "schedule.executed", {});
        throw new Error("no");
      }),
    );
    await enqueue();
    await settled(id, 1);
    assert.equal((await log(id)).length, 1);
  });

  it("tries again by the plan, always with the same id and body, and gives up at its end", async () => {
    const { id } = await create();
    target.answers = [500];
    dispatch();
    await enqueue();
    for (const [made, delay] of RETRY_DELAYS_S.entries()) {
      if (made > 0) {
        clock.advance(BigInt(delay) * S - 1n);
        await rig.ask(account.key, "GET", "/v1/webhooks");
        assert.equal(target.received.length, made);
        clock.advance(1n);
      }
      await settled(id, made + 1);
    }
    const [delivery] = await log(id);
    assert.equal(delivery?.state, "given-up");
    assert.equal(delivery?.nextAttemptUtcNs, null);
    assert.equal(new Set(target.received.map(({ headers }) => headers["webhook-id"])).size, 1);
    assert.equal(new Set(target.received.map(({ body }) => body.toString())).size, 1);
    assert.ok(new Set(target.received.map(({ headers }) => headers["webhook-timestamp"])).size > 1);
    assert.doesNotMatch(JSON.stringify(delivery), /nobody's business/);
  });

  it("delivers after failures, and when somebody asks for it by hand", async () => {
    const { id } = await create();
    target.answers = [503, 302, 200];
    dispatch();
    await enqueue();
    await settled(id, 1);
    clock.advance(5n * S);
    await settled(id, 2);
    const [failed] = await log(id);
    assert.deepEqual(
      failed?.attempts.map(({ status }) => status),
      [503, 302],
    );
    const again = await rig.ask(account.key, "POST", `/v1/webhooks/${id}/deliveries/${failed?.id}/retry`);
    assert.equal(again.status, 202);
    assert.equal((await settled(id, 3)).state, "delivered");
  });

  it("disables a webhook that took nothing for five days, and enables it when told to", async () => {
    const { id } = await create();
    target.answers = [500];
    dispatch();
    await enqueue();
    await settled(id, 1);
    clock.advance(5n * DAY);
    await settled(id, 2);
    const [delivery] = await log(id);
    assert.equal(delivery?.state, "given-up");
    const read = () => rig.ask<{ enabled: boolean }>(account.key, "GET", `/v1/webhooks/${id}`);
    assert.equal((await read()).body.enabled, false);
    await enqueue();
    assert.equal((await log(id)).length, 1);
    await rig.ask(account.key, "PATCH", `/v1/webhooks/${id}`, { enabled: true });
    assert.equal((await read()).body.enabled, true);
  });

  it("disables at once a webhook that is gone", async () => {
    const { id } = await create();
    target.answers = [410];
    dispatch();
    await enqueue();
    assert.equal((await settled(id, 1)).state, "given-up");
    assert.equal((await rig.ask<{ enabled: boolean }>(account.key, "GET", `/v1/webhooks/${id}`)).body.enabled, false);
  });

  it("shares the work with another one, and nothing is sent twice", async () => {
    const { id } = await create();
    for (let n = 0; n < 40; n++) await enqueue("schedule.executed", n);
    dispatch();
    dispatch();
    await until("all are delivered", async () => (await log(id)).every(({ state }) => state === "delivered"));
    assert.equal(target.received.length, 40);
    assert.equal(new Set(target.received.map(({ headers }) => headers["webhook-id"])).size, 40);
  });

  it("takes up what another one left in the middle, once its lease is over", async () => {
    const { id } = await create();
    target.answers = ["hang", 200];
    const first = dispatch();
    await enqueue();
    await until("the first attempt", () => target.received.length === 1);
    await first.stop();
    dispatch();
    clock.advance(61n * S);
    assert.equal((await settled(id, 1)).state, "delivered");
    const [one, two] = target.received.map(({ headers }) => headers["webhook-id"]);
    assert.equal(one, two);
  });

  it("refuses a private address when the message is sent, too", async () => {
    const { id } = await create();
    const strict = { ...rig.context, config: { ...rig.context.config, GATEWAY_PRIVATE_TARGETS: false } };
    running.push(startDispatcher(strict, { pollMs: 5 }));
    await enqueue();
    const delivery = await settled(id, 1);
    assert.match(delivery.attempts[0]?.error ?? "", /target\/refused/);
    assert.equal(target.received.length, 0);
  });

  it("signs by both secrets after a rotation", async () => {
    const { id, secret } = await create();
    const rotated = await rig.ask<{ secret: string }>(account.key, "POST", `/v1/webhooks/${id}/rotate`);
    assert.notEqual(rotated.body.secret, secret);
    dispatch();
    await enqueue();
    await settled(id, 1);
    const [got] = target.received;
    for (const each of [secret, rotated.body.secret])
      new Webhook(each).verify(got?.body ?? "", got?.headers as Record<string, string>);
    const [row] = await rig.rows<{ text: string }>(
      sql`select coalesce(string_agg(w::text, ''), '') || (select string_agg(d::text, '') from gateway_deliveries d) as text from gateway_webhooks w`,
    );
    for (const each of [secret, rotated.body.secret])
      assert.ok(!row?.text.includes(each.slice("whsec_".length)) && !rig.logged.join("").includes(each));
  });
});

describe("webhooks of an account", () => {
  let rig: ScheduleRig;
  before(async () => {
    rig = await ScheduleRig.open({ settings: { GATEWAY_PRIVATE_TARGETS: "false" } });
    await rig.serve();
  });
  after(() => rig.stop());
  const wanted = { url: "https://example.com/hook", events: ["compliance.alert"] };

  it("are listed in pages, changed and deleted", async () => {
    const { key } = await rig.account();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.unshift((await rig.ask<{ webhook: { id: string } }>(key, "POST", "/v1/webhooks", wanted)).body.webhook.id);
    type Page = { items: { id: string }[]; next: string | null };
    const first = await rig.ask<Page>(key, "GET", "/v1/webhooks?limit=2");
    const second = await rig.ask<Page>(key, "GET", `/v1/webhooks?limit=2&cursor=${first.body.next}`);
    assert.deepEqual(
      [...first.body.items, ...second.body.items].map(({ id }) => id),
      ids,
    );
    assert.equal(second.body.next, null);
    const changed = await rig.ask<{ events: string[]; description: string; url: string }>(
      key,
      "PATCH",
      `/v1/webhooks/${ids[0]}`,
      { events: ["stamp.scheduled"], description: "mine" },
    );
    assert.deepEqual(
      [changed.body.events, changed.body.description, changed.body.url],
      [["stamp.scheduled"], "mine", wanted.url],
    );
    assert.equal((await rig.ask(key, "DELETE", `/v1/webhooks/${ids[0]}`)).status, 204);
    assert.equal((await rig.ask(key, "GET", `/v1/webhooks/${ids[0]}`)).status, 404);
  });

  it("are not another account's", async () => {
    const [mine, theirs] = [await rig.account(), await rig.account()];
    const { body } = await rig.ask<{ webhook: { id: string } }>(mine.key, "POST", "/v1/webhooks", wanted);
    const path = `/v1/webhooks/${body.webhook.id}`;
    for (const [method, at, sent] of [
      ["GET", path],
      ["PATCH", path, { enabled: false }],
      ["DELETE", path],
      ["POST", `${path}/rotate`],
      ["GET", `${path}/deliveries`],
    ] as const)
      assert.equal((await rig.ask(theirs.key, method, at, sent)).status, 404, `${method} ${at}`);
    assert.equal((await rig.ask(mine.key, "GET", path)).status, 200);
  });

  it("are made once for one Idempotency-Key, with the same secret", async () => {
    const { key } = await rig.account();
    const headers = { "idempotency-key": "one" };
    const first = await rig.ask(key, "POST", "/v1/webhooks", wanted, headers);
    const second = await rig.ask(key, "POST", "/v1/webhooks", wanted, headers);
    assert.deepEqual(second.body, first.body);
    assert.equal(second.headers.get("idempotency-replayed"), "true");
    assert.equal((await rig.ask<{ items: unknown[] }>(key, "GET", "/v1/webhooks")).body.items.length, 1);
  });

  it("are at most twenty, and may not lead into private networks", async () => {
    const { key } = await rig.account();
    const all = await Promise.all(Array.from({ length: 22 }, () => rig.ask(key, "POST", "/v1/webhooks", wanted)));
    assert.equal(all.filter(({ status }) => status === 201).length, 20);
    for (const url of ["http://example.com", "https://10.0.0.1/", "https://[::1]/"])
      assert.equal((await rig.ask(key, "POST", "/v1/webhooks", { ...wanted, url })).status, 422, url);
  });
});
