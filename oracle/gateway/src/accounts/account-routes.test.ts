import assert from "node:assert/strict";
import { CreatedAccount, SCOPES, TierList } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import { type Answer, GatewayRig, OPERATOR_TOKEN } from "../../../../test/support/gateway-rig.ts";

type Made = { account: { id: string; tier: string; closed: boolean }; key: { scopes: string[] }; secret: string };

const PER_HOUR = 8;
const refuses = (answer: Answer, status: number, code: string): void => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json<{ code: string }>().code, code);
};

describe("accounts, over HTTP", () => {
  const rig = new GatewayRig({ GATEWAY_SIGN_UPS_PER_HOUR: String(PER_HOUR) });
  before(() => rig.start());
  after(() => rig.stop());

  const signUp = (body: object, headers: Record<string, string> = {}) =>
    rig.ask("POST", "/v1/accounts", { body: { name: "somebody", ...body }, headers });
  const operate = (method: string, path: string, body?: object) =>
    rig.ask(method, path, { key: OPERATOR_TOKEN, ...(body === undefined ? {} : { body }) });

  it("anybody opens a developer account, with a key of every scope", async () => {
    const made = await signUp({});
    assert.equal(made.status, 201, made.text);
    CreatedAccount.parse(made.json());
    const { account, key, secret } = made.json<Made>();
    assert.equal(account.tier, "developer");
    assert.deepEqual(key.scopes, [...SCOPES]);
    assert.match(secret, /^clk_[A-Za-z0-9_-]{65}$/);
    const own = await rig.ask("GET", "/v1/account", { key: secret });
    assert.deepEqual(own.json(), account);
  });

  it("only the operator opens others, and a wrong token opens none", async () => {
    refuses(await signUp({ tier: "professional" }), 401, "auth/refused");
    refuses(await signUp({ billing: "usage" }), 401, "auth/refused");
    for (const key of [`${OPERATOR_TOKEN}x`, "nonsense"])
      refuses(await rig.ask("POST", "/v1/accounts", { key, body: { name: "somebody" } }), 401, "auth/refused");
    const made = await operate("POST", "/v1/accounts", { name: "a bank", tier: "regulatory", billing: "usage" });
    assert.equal(made.status, 201, made.text);
  });

  it("a repeat with the same Idempotency-Key gives the same account, and does not count as a sign-up", async () => {
    const headers = { "idempotency-key": "5d0a4a1e-0c31-4bd2-9b4f-7a7c0a9d6f10" };
    const answers = [];
    for (let i = 0; i < PER_HOUR + 2; i++) answers.push(await signUp({}, headers));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.equal(answers.at(-1)?.headers.get("idempotency-replayed"), "true");
    refuses(await signUp({ name: "another" }, headers), 422, "idempotency/mismatch");
  });

  it("does not let a guessed Idempotency-Key show a stranger's secret", async () => {
    refuses(await signUp({}, { "idempotency-key": "1" }), 400, "input/malformed");
  });

  it("of one address are so many an hour, and then it is told when to ask again", async () => {
    let answer = await signUp({});
    for (let i = 0; i < PER_HOUR && answer.status === 201; i++) answer = await signUp({});
    refuses(answer, 429, "rate/limited");
    assert.equal(answer.headers.get("retry-after"), "450");
    assert.equal(answer.headers.get("ratelimit-policy"), `"sign-up";q=${PER_HOUR};w=3600`);
    const { status } = await operate("POST", "/v1/accounts", { name: "a firm" });
    assert.equal(status, 201, "the operator is not counted");
  });

  it("the operator lists and reads them; nobody else does", async () => {
    const { account } = (await operate("POST", "/v1/accounts", { name: "a firm" })).json<Made>();
    const page = (await operate("GET", "/v1/accounts?limit=1")).json<{ items: { id: string }[]; next: string }>();
    assert.deepEqual(
      page.items.map(({ id }) => id),
      [account.id],
    );
    const rest = (await operate("GET", `/v1/accounts?cursor=${page.next}`)).json<{ items: { id: string }[] }>();
    assert.ok(rest.items.length > 1 && rest.items.every(({ id }) => id !== account.id));
    assert.deepEqual((await operate("GET", `/v1/accounts/${account.id}`)).json(), account);
    const { key } = await rig.account();
    for (const [method, path] of [
      ["GET", "/v1/accounts"],
      ["GET", `/v1/accounts/${account.id}`],
      ["PATCH", `/v1/accounts/${account.id}`],
    ] as const)
      refuses(await rig.ask(method, path, { key, ...(method === "PATCH" ? { body: {} } : {}) }), 401, "auth/refused");
  });

  it("closing one stops its keys at once, and opening it again starts them", async () => {
    const { id, key } = await rig.account();
    const status = async () => (await rig.ask("GET", "/v1/account", { key })).status;
    assert.equal(await status(), 200);
    assert.equal((await operate("PATCH", `/v1/accounts/${id}`, { closed: true })).json<Made["account"]>().closed, true);
    assert.equal(await status(), 401);
    await operate("PATCH", `/v1/accounts/${id}`, { closed: false });
    assert.equal(await status(), 200);
  });

  it("a change of tier holds from the next request on, and a change that is none changes nothing", async () => {
    const { id, key } = await rig.account("developer");
    await operate("PATCH", `/v1/accounts/${id}`, { tier: "enterprise" });
    await operate("PATCH", `/v1/accounts/${id}`, {});
    const own = (await rig.ask("GET", "/v1/account", { key })).json<Made["account"]>();
    assert.equal(own.tier, "enterprise");
    refuses(await operate("PATCH", `/v1/accounts/${id}`, { tier: "golden" }), 400, "input/malformed");
    refuses(await operate("PATCH", `/v1/accounts/ac_${"A".repeat(22)}`, {}), 404, "input/not-found");
  });

  it("tiers and prices are told to everybody", async () => {
    const { status, json } = await rig.ask("GET", "/v1/tiers");
    assert.equal(status, 200);
    assert.equal(TierList.parse(json()).tiers.length, 4);
  });
});

describe("accounts where sign-up is closed", () => {
  const rig = new GatewayRig({ GATEWAY_OPEN_SIGN_UP: "false" });
  before(() => rig.start());
  after(() => rig.stop());

  it("are opened by the operator alone", async () => {
    refuses(await rig.ask("POST", "/v1/accounts", { body: { name: "somebody" } }), 401, "auth/refused");
    await rig.account("developer");
  });
});

describe("secrets of keys", () => {
  const rig = new GatewayRig();
  before(() => rig.start());
  after(() => rig.stop());

  it("stand in no table and in no line of the log, whatever was done with them", async () => {
    const texts: string[] = [];
    const post = async (path: string, key: string | undefined, body: object) => {
      const headers = { "idempotency-key": `a-key-that-is-drawn-${texts.length}` };
      const answer = await rig.ask("POST", path, { ...(key === undefined ? {} : { key }), body, headers });
      assert.equal(answer.status, 201, answer.text);
      const issued = answer.json<{ key: { id: string }; secret: string }>();
      texts.push(issued.secret, issued.secret.slice(-43));
      return issued;
    };
    const owner = await post("/v1/accounts", undefined, { name: "somebody" });
    await post("/v1/accounts", OPERATOR_TOKEN, { name: "a firm", tier: "enterprise" });
    const made = await post("/v1/keys", owner.secret, { name: "a key", scopes: ["stamp"] });
    await post(`/v1/keys/${made.key.id}/rotate`, owner.secret, { graceSeconds: 60 });
    // Refusals and mistakes with secrets in them, and a fault inside.
    await rig.ask("GET", `/v1/keys/${owner.secret}`, { key: owner.secret });
    await rig.ask("POST", "/v1/keys", { key: owner.secret, body: { name: owner.secret.repeat(3), scopes: [] } });
    await rig.database.execute(sql`alter table gateway_keys rename to gateway_keys_gone`);
    assert.equal((await rig.ask("GET", "/v1/keys", { key: owner.secret })).status >= 500, true);
    await rig.database.execute(sql`alter table gateway_keys_gone rename to gateway_keys`);
    assert.ok(rig.logged.length > 0);

    const tables = await rig.database.execute(
      sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const dump: string[] = [];
    for (const { name } of (tables as unknown as { rows: { name: string }[] }).rows) {
      const result = await rig.database.execute(sql`select t::text as line from ${sql.identifier(name)} t`);
      dump.push(...(result as unknown as { rows: { line: string }[] }).rows.map(({ line }) => line));
    }
    assert.ok(dump.some((line) => line.includes(owner.key.id)));
    for (const text of texts) {
      const hex = Buffer.from(text).toString("hex");
      for (const line of [...dump, ...rig.logged]) assert.ok(!line.includes(text) && !line.includes(hex), line);
    }
  });
});
