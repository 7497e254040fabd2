import assert from "node:assert/strict";
import { createSystemClock } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { CalledTarget, ScheduleRig } from "../../../../test/support/schedule-rig.ts";

const S = 1_000_000_000n;

describe("POST /v1/schedules", () => {
  let rig: ScheduleRig;
  let target: CalledTarget;
  let account: { id: string; key: string };
  const now = () => createSystemClock().utcNow();
  const valid = () => ({ target: target.url, executeUtcNs: String(now() + 3_600n * S) });
  const post = (body: unknown, headers: Record<string, string> = {}, key = account.key) =>
    rig.ask<{ id: string; code: string; title: string; state: string }>(key, "POST", "/v1/schedules", body, headers);
  const used = async () => {
    const rows = await rig.rows<{ meter: string; quantity: string }>(
      sql`select meter, quantity::text from gateway_usage where account_id = ${account.id}`,
    );
    return Object.fromEntries(rows.map(({ meter, quantity }) => [meter, Number(quantity)]));
  };

  before(async () => {
    rig = await ScheduleRig.open();
    await rig.serve();
    target = await new CalledTarget().start();
  });
  after(async () => {
    target.stop();
    await rig.stop();
  });
  beforeEach(async () => {
    account = await rig.account();
  });

  const refusals: readonly [string, () => Record<string, unknown>, string][] = [
    ["an instant in the past", () => ({ executeUtcNs: String(now() - 1n) }), "input/out-of-range"],
    [
      "an instant in eleven years",
      () => ({ executeUtcNs: String(now() + 11n * 366n * 86_400n * S) }),
      "input/out-of-range",
    ],
    ["a window of nothing", () => ({ windowNs: "0" }), "input/out-of-range"],
    ["a window of a year", () => ({ windowNs: String(365n * 86_400n * S) }), "input/out-of-range"],
    ["an address with a password", () => ({ target: "https://a:b@example.com/" }), "target/refused"],
    ["a target that is nothing", () => ({ target: "somewhere" }), "target/refused"],
    [
      "a contract with a wrong checksum",
      () => ({ target: "0xAbCdefabcdefabcdefabcdefabcdefabcdefabcd" }),
      "target/refused",
    ],
    ["a contract where there is no chain", () => ({ target: `0x${"ab".repeat(20)}` }), "target/refused"],
    ["calldata of half a byte", () => ({ calldata: "0xabc" }), "input/malformed"],
    ["gas beyond any block", () => ({ gasLimit: 31_000_000 }), "input/malformed"],
  ];
  for (const [what, changed, code] of refusals)
    it(`refuses ${what}, and charges nothing`, async () => {
      const { body } = await post({ ...valid(), ...changed() });
      assert.equal(body.code, code, body.title);
      assert.deepEqual(await used(), {});
    });

  it("says what an operator has to do where there is no chain", async () => {
    const { body } = await post({ ...valid(), target: `0x${"ab".repeat(20)}` });
    assert.match(body.title, /GATEWAY_RPC_URL/);
  });

  it("refuses private addresses where they are not allowed", async () => {
    const strict = await ScheduleRig.open({ settings: { GATEWAY_PRIVATE_TARGETS: "false" } });
    try {
      await strict.serve();
      const { key } = await strict.account();
      for (const host of ["127.0.0.1", "[::1]", "localhost", "169.254.169.254"]) {
        const answer = await strict.ask(key, "POST", "/v1/schedules", { ...valid(), target: `https://${host}/` });
        assert.equal(answer.status, 422, host);
      }
    } finally {
      await strict.stop();
    }
  });

  it("charges a simple and a complex call by their meters, once for one Idempotency-Key", async () => {
    const body = valid();
    const first = await post(body, { "idempotency-key": "a" });
    const again = await post(body, { "idempotency-key": "a" });
    assert.deepEqual(again.body, first.body);
    assert.equal((await post({ ...body, windowNs: "2000000000" }, { "idempotency-key": "a" })).status, 422);
    await post({ ...valid(), calldata: `0x${"00".repeat(1_025)}` });
    assert.deepEqual(await used(), { "schedule.simple": 1, "schedule.complex": 1 });
  });

  it("answers a repeat the same when the instant has passed meanwhile", async () => {
    const body = { ...valid(), executeUtcNs: String(now() + S / 2n) };
    const first = await post(body, { "idempotency-key": "late" });
    assert.equal(first.status, 201);
    while (now() <= BigInt(body.executeUtcNs)) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual((await post(body, { "idempotency-key": "late" })).body, first.body);
  });

  it("stops at the tier's limit, and what was refused is not there", async () => {
    const { key } = await rig.account("developer");
    const answers = [];
    for (let i = 0; i < 52; i++) answers.push((await post(valid(), {}, key)).status);
    assert.equal(answers.filter((status) => status === 201).length, 50);
    assert.deepEqual(answers.slice(50), [429, 429]);
    const page = await rig.ask<{ items: unknown[] }>(key, "GET", "/v1/schedules");
    assert.equal(page.body.items.length, 50);
  });

  it("shows an account its own schedules only", async () => {
    const made = await post(valid());
    const other = await rig.account();
    for (const method of ["GET", "DELETE"])
      assert.equal((await rig.ask(other.key, method, `/v1/schedules/${made.body.id}`)).status, 404);
    assert.equal((await rig.ask<{ items: unknown[] }>(other.key, "GET", "/v1/schedules")).body.items.length, 0);
    const own = await rig.ask<{ state: string }>(account.key, "GET", `/v1/schedules/${made.body.id}`);
    assert.equal(own.body.state, "armed");
  });

  it("lists in pages, newest first", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await post(valid())).body.id);
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path: string = `/v1/schedules?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const page: { body: { items: { id: string }[]; next: string | null } } = await rig.ask(account.key, "GET", path);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next;
    }
    assert.deepEqual(seen, ids);
  });
});
