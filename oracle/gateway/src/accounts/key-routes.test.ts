import assert from "node:assert/strict";
import { SCOPES, type Scope } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import { type Answer, GatewayRig, OPERATOR_TOKEN } from "../../../../test/support/gateway-rig.ts";
import { until } from "../../../../test/support/until.ts";

type Key = {
  id: string;
  scopes: Scope[];
  expiresUtcNs: string | null;
  revokedUtcNs: string | null;
  lastUsedUtcNs: string | null;
};
type Issued = { key: Key; secret: string };

const DAY_NS = 86_400_000_000_000n;

describe("keys, over HTTP", () => {
  const rig = new GatewayRig();
  before(() => rig.start());
  after(() => rig.stop());

  const utcNow = (): bigint => rig.gateway.context.clock.utcNow();
  const make = async (key: string, body: object): Promise<Issued> => {
    const made = await rig.ask("POST", "/v1/keys", { key, body: { name: "a key", scopes: SCOPES, ...body } });
    assert.equal(made.status, 201, made.text);
    return made.json<Issued>();
  };
  const rotate = (key: string, id: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
    rig.ask("POST", `/v1/keys/${id}/rotate`, { key, body, headers });
  const statusOf = async (key: string): Promise<number> => (await rig.ask("GET", "/v1/account", { key })).status;
  const ownId = async (key: string): Promise<string> => {
    const { items } = (await rig.ask("GET", "/v1/keys", { key })).json<{ items: Key[] }>();
    assert.equal(items.length, 1);
    return items[0]?.id ?? "";
  };
  const refuses = (answer: Answer, status: number, code: string): void => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.json<{ code: string }>().code, code);
  };

  it("are shown without their secrets, page by page, newest first", async () => {
    const { key } = await rig.account();
    const made = [];
    for (const name of ["one", "two", "three"]) made.unshift((await make(key, { name })).key.id);
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await rig.ask("GET", `/v1/keys?limit=2${cursor}`, { key });
      assert.doesNotMatch(page.text, /secret|hash/);
      const { items, next } = page.json<{ items: Key[]; next: string | null }>();
      seen.push(...items.map(({ id }) => id));
      cursor = next === null ? "" : `&cursor=${next}`;
    } while (cursor !== "");
    assert.deepEqual(seen.slice(0, 3), made);
    assert.equal(new Set(seen).size, 4);
    refuses(await rig.ask("GET", "/v1/keys?cursor=bm9uc2Vuc2U", { key }), 400, "input/malformed");
  });

  it("stop at once when they are revoked, and stay so when that is repeated", async () => {
    const { key } = await rig.account();
    const { key: made, secret } = await make(key, {});
    assert.equal(await statusOf(secret), 200);
    const first = await rig.ask("DELETE", `/v1/keys/${made.id}`, { key });
    assert.equal(first.status, 200);
    assert.equal(await statusOf(secret), 401);
    const second = await rig.ask("DELETE", `/v1/keys/${made.id}`, { key });
    assert.deepEqual(second.json(), first.json());
    assert.notEqual(first.json<Key>().revokedUtcNs, null);
  });

  it("end at their expiry", async () => {
    const { key } = await rig.account();
    const expiresUtcNs = String(utcNow() + 300_000_000n);
    const { secret } = await make(key, { expiresUtcNs });
    await until("the key expires", async () => (await statusOf(secret)) === 401);
    assert.ok(utcNow() >= BigInt(expiresUtcNs));
    refuses(
      await rig.ask("POST", "/v1/keys", { key, body: { name: "late", scopes: ["stamp"], expiresUtcNs: "1" } }),
      400,
      "input/out-of-range",
    );
  });

  it("give no scope and no time that they lack", async () => {
    const { key } = await rig.account();
    const expiresUtcNs = String(utcNow() + DAY_NS);
    const limited = await make(key, { scopes: ["account", "stamp"], expiresUtcNs });
    const ask = (body: object) => rig.ask("POST", "/v1/keys", { key: limited.secret, body: { name: "more", ...body } });
    refuses(await ask({ scopes: ["stamp", "proof"], expiresUtcNs }), 403, "auth/forbidden");
    refuses(await ask({ scopes: ["stamp"] }), 403, "auth/forbidden");
    refuses(await ask({ scopes: ["stamp"], expiresUtcNs: String(BigInt(expiresUtcNs) + 1n) }), 403, "auth/forbidden");
    assert.equal((await ask({ scopes: ["stamp"], expiresUtcNs })).status, 201);
    refuses(await rotate(limited.secret, await first(key)), 403, "auth/forbidden");
  });

  const first = async (key: string): Promise<string> => {
    const { items } = (await rig.ask("GET", "/v1/keys", { key })).json<{ items: Key[] }>();
    return items.at(-1)?.id ?? "";
  };

  it("are rotated to one like them: with a grace both go on, without one the old one stops at once", async () => {
    const { key } = await rig.account();
    const { key: old, secret } = await make(key, { scopes: ["stamp", "account"] });
    const next = (await rotate(key, old.id, { graceSeconds: 3_600 })).json<Issued>();
    assert.deepEqual(next.key.scopes, old.scopes);
    assert.equal(next.key.expiresUtcNs, null);
    assert.deepEqual([await statusOf(secret), await statusOf(next.secret)], [200, 200]);
    const ends = (await rig.ask("GET", `/v1/keys/${old.id}`, { key })).json<Key>().expiresUtcNs;
    assert.ok(ends !== null && BigInt(ends) <= utcNow() + 3_600_000_000_000n);
    refuses(await rotate(key, old.id), 400, "input/out-of-range");

    const last = (await rotate(next.secret, next.key.id)).json<Issued>();
    assert.deepEqual([await statusOf(next.secret), await statusOf(last.secret)], [401, 200]);
  });

  it("never live longer for being rotated", async () => {
    const { key } = await rig.account();
    const expiresUtcNs = String(utcNow() + 60_000_000_000n);
    const { key: old } = await make(key, { expiresUtcNs });
    const next = (await rotate(key, old.id, { graceSeconds: 604_800 })).json<Issued>();
    assert.equal(next.key.expiresUtcNs, expiresUtcNs);
    assert.equal((await rig.ask("GET", `/v1/keys/${old.id}`, { key })).json<Key>().expiresUtcNs, expiresUtcNs);
  });

  it("are rotated once for one Idempotency-Key, and the answer is the same", async () => {
    const { key } = await rig.account();
    const headers = { "idempotency-key": "rotation-1" };
    const id = await ownId(key);
    const answers = await Promise.all(Array.from({ length: 3 }, () => rotate(key, id, { graceSeconds: 60 }, headers)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    refuses(await rotate(key, id, { graceSeconds: 61 }, headers), 422, "idempotency/mismatch");
  });

  it("the last one that can manage keys does not revoke itself, and rotates", async () => {
    const { key } = await rig.account();
    const id = await ownId(key);
    await make(key, { scopes: ["stamp"] });
    refuses(await rig.ask("DELETE", `/v1/keys/${id}`, { key }), 403, "auth/forbidden");
    const next = (await rotate(key, id)).json<Issued>();
    assert.equal(await statusOf(key), 401);
    const other = await make(next.secret, {});
    assert.equal((await rig.ask("DELETE", `/v1/keys/${next.key.id}`, { key: next.secret })).status, 200);
    refuses(await rig.ask("DELETE", `/v1/keys/${other.key.id}`, { key: other.secret }), 403, "auth/forbidden");
  });

  it("two that revoke each other at once do not both succeed", async () => {
    const { key } = await rig.account();
    const id = await ownId(key);
    const other = await make(key, {});
    const answers = await Promise.all([
      rig.ask("DELETE", `/v1/keys/${other.key.id}`, { key }),
      rig.ask("DELETE", `/v1/keys/${id}`, { key: other.secret }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401]);
  });

  it("of another account are not there", async () => {
    const [mine, theirs] = [await rig.account(), await rig.account()];
    const id = await ownId(theirs.key);
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/rotate"],
    ] as const) {
      const answer = await rig.ask(method, `/v1/keys/${id}${path}`, {
        key: mine.key,
        ...(method === "POST" ? { body: {} } : {}),
      });
      refuses(answer, 404, "input/not-found");
    }
    assert.equal(await statusOf(theirs.key), 200);
  });

  it("are at most a hundred living ones, also when they are made at once", async () => {
    const { id, key } = await rig.account();
    await rig.database.execute(sql`
      insert into gateway_keys (id, account_id, name, secret_hash, scopes, created_at)
      select 'ak_many_' || n, ${id}, 'many', ''::bytea, '{stamp}', 1 from generate_series(1, 97) n`);
    const body = { name: "one more", scopes: ["stamp"] };
    const answers = await Promise.all(Array.from({ length: 5 }, () => rig.ask("POST", "/v1/keys", { key, body })));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 201, 400, 400, 400]);
    const made = answers.find(({ status }) => status === 201)?.json<Issued>();
    await rig.ask("DELETE", `/v1/keys/${made?.key.id}`, { key });
    assert.equal((await rig.ask("POST", "/v1/keys", { key, body })).status, 201);
  });

  it("tell on which day they were last used", async () => {
    const { key } = await rig.account();
    const { key: made, secret } = await make(key, {});
    assert.equal(made.lastUsedUtcNs, null);
    await statusOf(secret);
    const used = await until("the day is written", async () => {
      const { lastUsedUtcNs } = (await rig.ask("GET", `/v1/keys/${made.id}`, { key })).json<Key>();
      return lastUsedUtcNs ?? undefined;
    });
    assert.equal(BigInt(used) % DAY_NS, 0n);
    assert.ok(utcNow() - BigInt(used) < 2n * DAY_NS);
  });

  it("are given by the operator to an account that lost its own", async () => {
    const { id } = await rig.account();
    const path = `/v1/accounts/${id}/keys`;
    const body = { name: "for whoever lost theirs", scopes: ["account"] };
    const given = await rig.ask("POST", path, { key: OPERATOR_TOKEN, body });
    assert.equal(given.status, 201, given.text);
    assert.equal(await statusOf(given.json<Issued>().secret), 200);
    refuses(await rig.ask("POST", path, { key: given.json<Issued>().secret, body }), 401, "auth/refused");
    const nobody = `/v1/accounts/ac_${"A".repeat(22)}/keys`;
    refuses(await rig.ask("POST", nobody, { key: OPERATOR_TOKEN, body }), 404, "input/not-found");
  });
});
