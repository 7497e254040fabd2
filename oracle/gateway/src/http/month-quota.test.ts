import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import { createHttpServer, createLogger, type Database, FakeClock, type HttpServer } from "@chronoledger/service";
import { type OpenDatabase, openTestDatabase } from "../../../../test/support/database.ts";
import { createMetering } from "../accounts/metering.ts";
import { openAccount } from "../accounts/open-account.ts";
import { requireCaller } from "../accounts/require-caller.ts";
import { tiersByName } from "../accounts/tiers.ts";
import { gatewayMigrations } from "../store/migrations.ts";
import { addRoutes } from "./add-routes.ts";
import { Authenticator } from "./authenticate.ts";
import { type Route, route } from "./route.ts";

/** 90 minutes and a part of a second before the month ends. */
const START = unixNs(BigInt(Date.UTC(2026, 10, 30, 22, 30)) * 1_000_000n + 500n);

describe("the month's quota in answers", () => {
  const clock = new FakeClock(START);
  let opened: OpenDatabase;
  let server: HttpServer;
  let url: string;

  before(async () => {
    opened = await openTestDatabase(gatewayMigrations);
    const { db } = opened;
    const metering = createMetering({ clock, tiers: tiersByName });
    const authenticator = new Authenticator({ db, tiers: tiersByName, operatorToken: undefined, now: clock.utcNow });
    const log = createLogger("gateway", { write: () => undefined });
    server = createHttpServer({ log, name: "gateway", host: "127.0.0.1", port: 0, notReady: () => undefined });
    const shared: Pick<Route, "method" | "tag" | "summary" | "access"> = {
      method: "POST",
      tag: "things",
      summary: "Charges for things",
      access: "any-key",
    };
    const routes = [
      route({
        ...shared,
        path: "/v1/charged",
        operationId: "charge",
        async handle({ caller, request }) {
          const quantity = Number((request.body as { quantity: number }).quantity);
          await db.transaction((tx) =>
            metering.charge(tx as unknown as Database, requireCaller(caller), "stamp.basic", quantity),
          );
          return { quantity };
        },
      }),
      route({ ...shared, path: "/v1/free", operationId: "doNothing", handle: async () => ({}) }),
    ];
    addRoutes(routes, { server, authenticator, clock });
    url = `http://127.0.0.1:${await server.listen()}`;
  });
  after(async () => {
    await server.close();
    await opened.close();
  });

  const open = async (tier: "developer" | "regulatory") => {
    const wanted = { name: "a firm", tier, billing: "subscription" as const };
    const { secret } = await opened.db.transaction((tx) =>
      openAccount(tx as unknown as Database, wanted, clock.utcNow()),
    );
    return async (path: string, quantity: number) => {
      const response = await fetch(url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ quantity }),
      });
      const { headers } = response;
      const told = ["ratelimit-policy", "ratelimit", "retry-after"].map((name) => headers.get(name));
      return { status: response.status, told, text: await response.text() };
    };
  };

  it("is told with what a charge left, and with a refusal, which says when to come back", async () => {
    const ask = await open("developer");
    const first = await ask("/v1/charged", 400);
    assert.deepEqual([first.status, ...first.told], [200, '"month";q=1000', '"month";r=600;t=5400', null]);
    const refused = await ask("/v1/charged", 601);
    assert.deepEqual([refused.status, ...refused.told], [429, '"month";q=1000', '"month";r=600;t=5400', "5400"]);
    assert.match(refused.text, /quota\/exceeded/);
    clock.advance(5_400_000_000_000n);
    const next = await ask("/v1/charged", 601);
    assert.deepEqual([next.status, ...next.told.slice(1)], [200, '"month";r=399;t=2678400', null]);
  });

  it("is not told where nothing was charged, or nothing is refused", async () => {
    const [developer, regulatory] = [await open("developer"), await open("regulatory")];
    assert.deepEqual((await developer("/v1/free", 1)).told, [null, null, null]);
    assert.deepEqual((await regulatory("/v1/charged", 1_000_000)).told, [null, null, null]);
  });
});
