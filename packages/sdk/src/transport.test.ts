import assert from "node:assert/strict";
import { isChronoError } from "@chronoledger/core";
import { type Fault, STUB_KEY, StubGateway } from "../../../test/support/stub-gateway.ts";
import { ChronoLedgerClient } from "./client.ts";

const problem = (code: string, status: number, headers: Record<string, string> = {}): Fault => ({
  status,
  headers,
  body: { code, title: `${code} (used: 5). wait for the next month`, status, details: { used: 5 }, requestId: "r-1" },
});

describe("requests of the client", () => {
  const gateway = new StubGateway();
  const clientOf = (options: { retries?: number; timeoutMs?: number; fetch?: typeof fetch } = {}) =>
    new ChronoLedgerClient({ url: gateway.url, apiKey: STUB_KEY, nodeSet: gateway.oracle.quorum.set, ...options });

  before(() => gateway.start());
  after(() => gateway.stop());
  beforeEach(() => {
    gateway.faults.length = 0;
    gateway.seen.length = 0;
  });

  for (const [what, fault] of [
    ["a cut connection", "cut"],
    ["a proxy without a gateway", { status: 502, body: {} }],
    ["a gateway that cannot now", problem("round/failed", 503)],
    ["too many requests", problem("rate/limited", 429, { "retry-after": "0" })],
    ["a first request that is still under way", problem("idempotency/in-progress", 409)],
  ] as const)
    it(`repeats with the same key after ${what}, and stamps once`, async () => {
      const before = gateway.stamps;
      gateway.faults.push(fault, fault);
      await clientOf().getTimestamp();
      const keys = gateway.keysOf("/v1/stamps");
      assert.equal(keys.length, 3);
      assert.equal(new Set(keys).size, 1);
      assert.match(keys[0] ?? "", /^[\w-]{22}$/);
      assert.equal(gateway.stamps, before + 1);
    });

  it("draws another key for each call, or takes the caller's", async () => {
    const client = clientOf();
    await client.getTimestamp();
    await client.getTimestamp();
    await client.stamp("x", { idempotencyKey: "mine" });
    const keys = gateway.keysOf("/v1/stamps");
    assert.equal(new Set(keys).size, 3);
    assert.equal(keys.at(-1), "mine");
  });

  it("gives up after so many attempts and tells the last reason", async () => {
    gateway.faults.push(...Array<Fault>(3).fill(problem("round/failed", 503)));
    await assert.rejects(clientOf({ retries: 2 }).getTimestamp(), /round\/failed/);
    assert.equal(gateway.keysOf("/v1/stamps").length, 3);
  });

  it("does not wait for the month's quota, and passes on the remedy", async () => {
    gateway.faults.push(problem("quota/exceeded", 429, { "retry-after": "864000" }));
    await assert.rejects(clientOf().getTimestamp(), (error) => {
      assert.ok(isChronoError(error));
      assert.equal(error.code, "quota/exceeded");
      assert.deepEqual(error.details, { used: 5, status: 429, path: "/v1/stamps", requestId: "r-1" });
      assert.match(error.message, /wait for the next month$/);
      return true;
    });
    assert.equal(gateway.keysOf("/v1/stamps").length, 1);
  });

  it("does not repeat what was refused", async () => {
    gateway.faults.push(problem("auth/refused", 401));
    await assert.rejects(clientOf().getTimestamp(), /auth\/refused/);
    assert.equal(gateway.seen.length, 1);
  });

  it("refuses answers of another form, naming the address", async () => {
    gateway.faults.push({ status: 200, body: { id: "x" } });
    await assert.rejects(clientOf().getTimestamp(), /process\/failed.*\/v1\/stamps.*agreed form/);
  });

  it("limits the time of an attempt", async () => {
    const never = ((_: unknown, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => {
        // Holds the process open as a connection would.
        const open = setInterval(() => undefined, 1_000);
        signal?.addEventListener("abort", () => {
          clearInterval(open);
          reject(signal.reason);
        });
      })) as typeof fetch;
    await assert.rejects(clientOf({ timeoutMs: 20, retries: 1, fetch: never }).getTimestamp(), /no answer in 20 ms/);
  });

  it("limits the size of an answer", async () => {
    const chunk = new Uint8Array(1024 * 1024);
    let sent = 0;
    const endless = (async () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            sent++;
            controller.enqueue(chunk);
          },
        }),
      )) as typeof fetch;
    await assert.rejects(clientOf({ retries: 0, fetch: endless }).getTimestamp(), /more than 33554432 bytes/);
    assert.ok(sent < 40);
  });

  it("stops at once when the caller does", async () => {
    gateway.faults.push(...Array<Fault>(9).fill("cut"));
    const stop = new AbortController();
    const stopping = (async (...args: Parameters<typeof fetch>) => {
      stop.abort(new Error("enough"));
      return fetch(...args);
    }) as typeof fetch;
    await assert.rejects(clientOf({ fetch: stopping }).stamp("x", { signal: stop.signal }), /enough/);
  });

  it("shows the key to nobody", async () => {
    gateway.faults.push(problem("auth/refused", 401));
    await assert.rejects(
      clientOf().getTimestamp(),
      (error) => !JSON.stringify([error, String(error)]).includes(STUB_KEY),
    );
  });
});
