import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { ChronoError } from "@chronoledger/core";
import * as z from "zod";
import { requestJson } from "./http-client.ts";
import { createHttpServer, type HttpServer, parseInput } from "./http-server.ts";
import { createLogger } from "./log.ts";

const silent = new Writable({ write: (_chunk, _encoding, done) => done() });

describe("HTTP server", () => {
  let server: HttpServer;
  let url: string;
  let ready: string | undefined;

  before(async () => {
    server = createHttpServer({
      log: createLogger("test", silent),
      name: "test",
      host: "127.0.0.1",
      port: 0,
      notReady: () => ready,
      token: "secret-token",
    });
    server.app.get("/v1/open", { config: { public: true } }, () => ({ ok: true }));
    server.app.post("/v1/echo", (request) => parseInput(z.object({ n: z.int() }), request.body));
    server.app.get("/v1/known", { config: { public: true } }, () => {
      throw new ChronoError("statement/sequence", { got: "1", last: "2" });
    });
    server.app.get("/v1/unknown", { config: { public: true } }, () => {
      throw new Error("the database password is swordfish");
    });
    url = `http://127.0.0.1:${await server.listen()}`;
  });
  after(() => server.close());

  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/echo`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
  const problemOf = async (response: Response) => ({
    status: response.status,
    ...((await response.json()) as { code: string; title: string }),
  });

  it("answers a known error as a problem document with its code, status and values", async () => {
    const response = await fetch(`${url}/v1/known`);
    assert.match(response.headers.get("content-type") ?? "", /application\/problem\+json/);
    const problem = await problemOf(response);
    assert.equal(problem.status, 409);
    assert.equal(problem.code, "statement/sequence");
  });

  it("keeps the message of an unknown error inside", async () => {
    const problem = await problemOf(await fetch(`${url}/v1/unknown`));
    assert.deepEqual([problem.status, problem.code, problem.title], [500, "internal/unexpected", "unexpected error"]);
  });

  it("refuses a missing, a wrong and a shorter token alike", async () => {
    for (const authorization of ["", "Bearer secret-tokem", "Bearer s"])
      assert.equal((await problemOf(await post('{"n":1}', { authorization }))).code, "auth/refused");
    assert.deepEqual(await (await post('{"n":1}', { authorization: "Bearer secret-token" })).json(), { n: 1 });
  });

  it("names malformed input, broken JSON and a body that is too large", async () => {
    const authorization = "Bearer secret-token";
    assert.equal((await problemOf(await post('{"n":"x"}', { authorization }))).code, "input/malformed");
    assert.equal((await problemOf(await post("{", { authorization }))).code, "input/malformed");
    const large = await problemOf(await post(JSON.stringify({ n: "x".repeat(70_000) }), { authorization }));
    assert.deepEqual([large.status, large.code], [413, "input/too-large"]);
    assert.equal(
      (await problemOf(await fetch(`${url}/v1/none`, { headers: { authorization } }))).code,
      "input/not-found",
    );
  });

  it("tells alive from ready, and says why it is not ready", async () => {
    ready = "the chain does not answer";
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const response = await fetch(`${url}/readyz`);
    assert.deepEqual(
      [response.status, await response.json()],
      [503, { status: "not-ready", reason: "the chain does not answer" }],
    );
    ready = undefined;
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  });

  it("believes as many proxies about a client's address as it is told stand before it", async () => {
    for (const [proxies, seen] of [
      [0, "127.0.0.1"],
      [1, "203.0.113.9"],
    ] as const) {
      const behind = createHttpServer({
        ...{ log: createLogger("test", silent), name: "test", host: "127.0.0.1", port: 0, proxies },
        notReady: () => undefined,
      });
      behind.app.get("/v1/address", (request) => ({ ip: request.ip }));
      const port = await behind.listen();
      const headers = { "x-forwarded-for": "198.51.100.1, 203.0.113.9" };
      assert.deepEqual(await (await fetch(`http://127.0.0.1:${port}/v1/address`, { headers })).json(), { ip: seen });
      await behind.close();
    }
  });

  it("names the port that is in use", async () => {
    const port = Number(new URL(url).port);
    const other = createHttpServer({
      log: createLogger("test", silent),
      name: "other",
      host: "127.0.0.1",
      port,
      notReady: () => undefined,
    });
    await assert.rejects(
      other.listen(),
      (error: ChronoError) => error.code === "process/port-in-use" && error.details.port === port,
    );
    await other.close();
  });

  describe("asked by the JSON client", () => {
    const base = {
      schema: z.object({ ok: z.literal(true) }),
      timeoutMs: 2_000,
      unreachable: "rpc/unavailable",
    } as const;

    it("gets the checked answer", async () =>
      assert.deepEqual(await requestJson(`${url}/v1/open`, base), { ok: true }));

    it("throws the error that the service reported", async () => {
      await assert.rejects(
        requestJson(`${url}/v1/known`, base),
        (error: ChronoError) => error.code === "statement/sequence" && error.details.last === "2",
      );
    });

    it("calls an answer of another form, and a closed port, unreachable", async () => {
      await assert.rejects(requestJson(`${url}/healthz`, base), { code: "rpc/unavailable" });
      await assert.rejects(requestJson("http://127.0.0.1:1/", base), { code: "rpc/unavailable" });
    });
  });
});
