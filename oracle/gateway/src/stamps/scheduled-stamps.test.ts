import assert from "node:assert/strict";
import { proofFromJson, verifyProof } from "@chronoledger/core";
import { ScheduledStamp } from "@chronoledger/core/gateway";
import * as z from "zod";
import { GatewayRig } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";

const MS = 1_000_000n;

describe("scheduled stamps", function () {
  this.timeout(60_000);
  const rig = new GatewayRig();
  let firm: { id: string; key: string };

  const utcNow = () => rig.oracle.clock.utcNow() as bigint;
  const order = (timeUtcNs: bigint, more: { body?: object; headers?: Record<string, string>; key?: string } = {}) =>
    rig.ask("POST", "/v1/stamps/scheduled", {
      key: more.key ?? firm.key,
      body: { timeUtcNs: String(timeUtcNs), ...more.body },
      headers: more.headers ?? {},
    });
  const ordered = async (timeUtcNs: bigint): Promise<string> => {
    const { status, text, json } = await order(timeUtcNs);
    assert.equal(status, 201, text);
    return json<{ id: string }>().id;
  };
  const read = async (id: string): Promise<ScheduledStamp> =>
    z.decode(ScheduledStamp, (await rig.ask("GET", `/v1/stamps/scheduled/${id}`, { key: firm.key })).json());
  const settled = (id: string) =>
    until(`${id} is settled`, async () => {
      const now = await read(id);
      return now.state === "waiting" ? undefined : now;
    });
  const execute = async (text: string): Promise<Record<string, unknown>[]> =>
    ((await rig.database.execute(text)) as unknown as { rows: Record<string, unknown>[] }).rows;

  before(async () => {
    await rig.start();
    await until("the nodes agree on a time", () => rig.gateway.context.arrival.now() !== undefined);
    firm = await rig.account("enterprise");
  });
  after(() => rig.stop());

  it("are certified at exactly their instant, those of one instant by one certificate", async () => {
    const instant = utcNow() + 3_000n * MS;
    const ids = [await ordered(instant), await ordered(instant), await ordered(instant + 1n)];
    const stamps = await Promise.all(ids.map(settled));
    for (const [i, { state, exact, stamp, imprint }] of stamps.entries()) {
      assert.deepEqual([state, exact], ["stamped", true]);
      assert.ok(stamp !== null);
      const verified = verifyProof(proofFromJson(stamp.proof), rig.oracle.quorum.set);
      assert.equal(verified.existedBefore, instant + BigInt(i === 2 ? 1 : 0) + 37_000n * MS);
      assert.deepEqual(verified.leaf.imprint, imprint);
    }
    const sequences = stamps.map(({ stamp }) => stamp?.sequence);
    assert.equal(sequences[0], sequences[1]);
    assert.notEqual(sequences[0], sequences[2]);
    const { items } = (await rig.ask("GET", "/v1/stamps", { key: firm.key })).json<{ items: { id: string }[] }>();
    assert.deepEqual(new Set(items.map(({ id }) => id)), new Set(stamps.map(({ stamp }) => stamp?.id)));
  });

  it("are charged when they are ordered, once for each Idempotency-Key", async () => {
    const { id: account, key } = await rig.account("professional");
    const later = utcNow() + 3_600_000n * MS;
    const headers = { "idempotency-key": "an-order" };
    const first = await order(later, { headers, key });
    const again = await order(later, { headers, key });
    assert.equal(first.text, again.text);
    const rows = await execute(`select quantities from gateway_account_months where account_id = '${account}'`);
    assert.deepEqual(rows, [{ quantities: { "stamp.basic": 1 } }]);
  });

  it("can be taken back until they are begun with, by nobody but their account", async () => {
    const id = await ordered(utcNow() + 3_600_000n * MS);
    const stranger = await rig.account("enterprise");
    const path = `/v1/stamps/scheduled/${id}`;
    assert.equal((await rig.ask("DELETE", path, { key: stranger.key })).status, 404);
    assert.equal((await rig.ask("DELETE", path, { key: firm.key })).status, 204);
    assert.equal((await rig.ask("GET", path, { key: firm.key })).status, 404);
    const done = await ordered(utcNow() + 200n * MS);
    await settled(done);
    const late = await rig.ask("DELETE", `/v1/stamps/scheduled/${done}`, { key: firm.key });
    assert.deepEqual([late.status, late.json<{ code: string }>().code], [409, "schedule/expired"]);
  });

  it("are refused in the past and more than a year ahead", async () => {
    for (const instant of [0n, utcNow() - 1n, utcNow() + 367n * 86_400_000n * MS])
      assert.equal((await order(instant)).json<{ code: string }>().code, "input/out-of-range");
  });

  it("that fell due while the gateway was down get the first certificate after it came back", async () => {
    const id = await ordered(utcNow() + 1_700n * MS);
    await rig.close();
    const [row] = await execute(`select state, time_utc::text from gateway_scheduled_stamps where id = '${id}'`);
    assert.equal(row?.state, "waiting");
    await until("the instant is over", () => utcNow() > BigInt(String(row?.time_utc)));
    await rig.open();
    await until("the nodes agree on a time", () => rig.gateway.context.arrival.now() !== undefined);
    const { exact, stamp } = await settled(id);
    assert.equal(exact, false);
    assert.ok(stamp !== null && stamp.existedBeforeTaiNs > BigInt(String(row?.time_utc)) + 37_000n * MS);
  });

  it("are tried again while there is no quorum, and told about by webhook", async () => {
    await execute(`insert into gateway_webhooks (id, account_id, url, events, created_at)
      values ('wh_test', '${firm.id}', 'http://127.0.0.1:9/', '{stamp.scheduled}', 0)`);
    rig.oracle.failing = true;
    const id = await ordered(utcNow() + 50n * MS);
    await until("it was tried in vain", () => rig.logged.some((line) => line.includes("were not certified")));
    assert.equal((await read(id)).state, "waiting");
    rig.oracle.failing = false;
    const { exact, stamp } = await settled(id);
    assert.equal(exact, false);
    const told = await execute("select payload from gateway_deliveries where webhook_id = 'wh_test'");
    assert.deepEqual(
      told.map(({ payload }) => (payload as { data: { stampId: string } }).data.stampId),
      [stamp?.id],
    );
  });

  it("are listed page by page, newest order first", async () => {
    const { key } = await rig.account("enterprise");
    const ids: string[] = [];
    for (let i = 0; i < 3; i++)
      ids.unshift((await order(utcNow() + 3_600_000n * MS, { key })).json<{ id: string }>().id);
    const first = await rig.ask("GET", "/v1/stamps/scheduled?limit=2", { key });
    const { items, next } = first.json<{ items: { id: string }[]; next: string }>();
    const rest = await rig.ask("GET", `/v1/stamps/scheduled?limit=2&cursor=${next}`, { key });
    const page = rest.json<{ items: { id: string }[]; next: string | null }>();
    assert.deepEqual(
      [...items, ...page.items].map(({ id }) => id),
      ids,
    );
    assert.equal(page.next, null);
  });
});
