import assert from "node:assert/strict";
import { SCOPES, type Scope } from "@chronoledger/core/gateway";
import { GatewayRig, OPERATOR_TOKEN } from "../../../test/support/gateway-rig.ts";
import type { Route } from "./http/route.ts";
import { routesOf } from "./routes.ts";

const ID = "A".repeat(22);
/** An id of the form that the route wants, of something that is not there. */
const SAMPLES: Readonly<Record<string, string>> = {
  "/v1/accounts/": `ac_${ID}`,
  "/v1/keys/": `ak_${ID}`,
  "/v1/stamps/scheduled/": `ss_${ID}`,
  "/v1/stamps/": "st_1_0",
  "/v1/batches/": "sb_1_0_1",
  "/v1/proofs/": "st_1_0",
  "/v1/schedules/": `sc_${ID}`,
  "/v1/webhooks/": `wh_${ID}`,
  "/v1/compliance/reports/": `ar_${ID}`,
  "/v1/compliance/rules/": `mr_${ID}`,
  "/v1/invoices/": "2026-01",
};

function pathOf({ path }: Route): string {
  const prefix = Object.keys(SAMPLES).find((each) => path.startsWith(`${each}:`));
  return path
    .replace(/:[A-Za-z]+/, prefix === undefined ? ID : (SAMPLES[prefix] as string))
    .replaceAll(/:[A-Za-z]+/g, `wd_${ID}`);
}

const label = ({ method, path }: Route): string => `${method} ${path}`;

describe("every route of the gateway", function () {
  this.timeout(60_000);
  /** Each request comes from an address of its own: limits of addresses have a test of their own. */
  const rig = new GatewayRig({ GATEWAY_PROXIES: "1" });
  let requests = 0;
  let routes: Route[];
  let owner: { id: string; key: string };
  const keys = new Map<Scope, string>();
  let revoked: string;

  const makeKey = async (scopes: readonly Scope[]): Promise<{ id: string; secret: string }> => {
    const { status, text, json } = await rig.ask("POST", "/v1/keys", {
      key: owner.key,
      body: { name: "a key", scopes },
    });
    assert.equal(status, 201, text);
    const { key, secret } = json<{ key: { id: string }; secret: string }>();
    return { id: key.id, secret };
  };
  const ask = (route: Route, key?: string) =>
    rig.ask(route.method, pathOf(route), {
      ...(key === undefined ? {} : { key }),
      ...(route.method === "GET" || route.method === "DELETE" ? {} : { body: bodyOf(route) }),
      headers: {
        "x-forwarded-for": `198.51.${Math.floor(++requests / 250)}.${requests % 250}`,
        ...(route.rawBody === undefined ? {} : { "content-type": route.rawBody.mediaType }),
      },
    });
  const bodyOf = (route: Route) => (route.rawBody === undefined ? {} : new Uint8Array(3));

  before(async () => {
    await rig.start();
    routes = routesOf(rig.gateway.context);
    owner = await rig.account("regulatory");
    for (const scope of SCOPES) keys.set(scope, (await makeKey([scope])).secret);
    const { id, secret } = await makeKey([...SCOPES]);
    revoked = secret;
    await rig.ask("DELETE", `/v1/keys/${id}`, { key: owner.key });
  });
  after(() => rig.stop());

  it("there are as many as the API promises, each described once", () => {
    assert.ok(routes.length >= 50, String(routes.length));
    assert.equal(new Set(routes.map(label)).size, routes.length);
    assert.equal(new Set(routes.map(({ operationId }) => operationId)).size, routes.length);
    for (const { summary, operationId } of routes) {
      assert.match(operationId, /^[a-z][A-Za-z0-9]+$/);
      assert.ok(summary.length >= 10, operationId);
    }
  });

  it("answers 401 to nobody, to nonsense, to a wrong secret and to a revoked key, unless it is public", async () => {
    const wrong = `${owner.key.slice(0, -4)}AAAA`;
    for (const route of routes.filter(({ access }) => access !== "public"))
      for (const key of [undefined, "nonsense", "clk_", wrong, revoked, `${OPERATOR_TOKEN}x`]) {
        const { status, text } = await ask(route, key);
        assert.equal(status, 401, `${label(route)} with ${key?.slice(0, 6)}: ${text}`);
        assert.match(text, /auth\/refused/);
      }
  });

  it("answers 403 to a key of every other scope", async () => {
    for (const route of routes) {
      const { access } = route;
      if (typeof access !== "object") continue;
      for (const [scope, key] of keys)
        if (scope !== access.scope) {
          const { status, text } = await ask(route, key);
          assert.equal(status, 403, `${label(route)} with scope ${scope}: ${text}`);
        }
    }
  });

  it("lets nobody but the operator do the operator's work", async () => {
    const operators = routes.filter(({ access }) => access === "operator");
    assert.ok(operators.length >= 2);
    for (const route of operators) {
      assert.equal((await ask(route, owner.key)).status, 401, label(route));
      assert.notEqual((await ask(route, OPERATOR_TOKEN)).status, 401, label(route));
    }
  });

  it("never answers 500, and always with a problem document when it refuses", async () => {
    for (const route of routes) {
      const answer = await ask(route, route.access === "operator" ? OPERATOR_TOKEN : owner.key);
      assert.notEqual(answer.status, 500, `${label(route)}: ${answer.text}`);
      if (answer.status >= 400)
        assert.match(answer.headers.get("content-type") ?? "", /application\/problem\+json/, label(route));
    }
  });

  it("holds up whoever guesses keys, and not whoever has one at the same address", async () => {
    const guess = () =>
      rig.ask("GET", "/v1/account", { key: `clk_${"A".repeat(65)}`, headers: { "x-forwarded-for": "192.0.2.1" } });
    const answers = await Promise.all(Array.from({ length: 260 }, guess));
    assert.ok(answers.some(({ status }) => status === 429));
    const limited = answers.find(({ status }) => status === 429);
    assert.ok(Number(limited?.headers.get("retry-after")) >= 1);
    const { status } = await rig.ask("GET", "/v1/account", {
      key: owner.key,
      headers: { "x-forwarded-for": "192.0.2.1" },
    });
    assert.equal(status, 200);
  });

  it("shows another account nothing", async () => {
    const stranger = await rig.account("regulatory");
    for (const path of [
      "/v1/stamps",
      "/v1/schedules",
      "/v1/webhooks",
      "/v1/compliance/reports",
      "/v1/compliance/rules",
    ]) {
      const { status, json } = await rig.ask("GET", path, { key: stranger.key });
      assert.equal(status, 200, path);
      assert.deepEqual(json<{ items: unknown[] }>().items, [], path);
    }
  });

  it("stands in the document with every status that it was seen to answer with", async () => {
    const { json } = await rig.ask("GET", "/openapi.json");
    const document = json<{ openapi: string; paths: Record<string, Record<string, { responses: object }>> }>();
    assert.equal(document.openapi, "3.1.0");
    for (const route of routes) {
      const described = document.paths[route.path.replaceAll(/:([A-Za-z]+)/g, "{$1}")]?.[route.method.toLowerCase()];
      assert.ok(described !== undefined, label(route));
      const { status } = await ask(route, route.access === "operator" ? OPERATOR_TOKEN : owner.key);
      assert.ok(String(status) in described.responses, `${label(route)} answered ${status}`);
    }
  });
});
