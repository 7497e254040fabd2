import assert from "node:assert/strict";
import { post, TestRig } from "./test-rig.ts";

describe("JSON-RPC over HTTP", () => {
  let rig: TestRig;
  before(async () => {
    rig = await TestRig.start();
  });
  after(() => rig.stop());

  const code = async (body: string) => ((await post(rig.solana.url, body)) as { error?: { code: number } }).error?.code;
  const request = { jsonrpc: "2.0", id: 1, method: "getSlot" };

  it("answers requests with their ids, alone and in batches", async () => {
    const slot = await rig.call("getSlot", { commitment: "processed" });
    const ask = (id: unknown) => ({ ...request, id, params: [{ commitment: "processed" }] });
    assert.deepEqual(await post(rig.solana.url, JSON.stringify(ask("a"))), { jsonrpc: "2.0", result: slot, id: "a" });
    assert.deepEqual(await post(rig.solana.url, JSON.stringify([ask(1), { ...ask(2), method: "no" }])), [
      { jsonrpc: "2.0", result: slot, id: 1 },
      { jsonrpc: "2.0", error: { code: -32601, message: "Method not found" }, id: 2 },
    ]);
  });

  it("names what is not JSON, not a request, not a method, and too much", async () => {
    assert.equal(await code("{"), -32700);
    assert.equal(await code("1"), -32600);
    assert.equal(await code("[]"), -32600);
    assert.equal(await code(JSON.stringify({ ...request, jsonrpc: "1.0" })), -32600);
    assert.equal(await code(JSON.stringify({ ...request, params: {} })), -32600);
    assert.equal(await code(JSON.stringify({ ...request, method: "constructor" })), -32601);
    assert.equal(await code(JSON.stringify(Array(101).fill(request))), -32600);
    assert.equal(((await post(rig.solana.url, JSON.stringify(Array(100).fill(request)))) as unknown[]).length, 100);
    const response = await fetch(rig.solana.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "1".repeat(70_000),
    });
    assert.equal(response.status, 413);
  });

  it("lets pages of any origin ask, and probes see that it is well", async () => {
    const asked = await fetch(rig.solana.url, { method: "OPTIONS" });
    assert.equal(asked.headers.get("access-control-allow-origin"), "*");
    assert.equal(await (await fetch(`${rig.solana.url}/health`)).text(), "ok");
    assert.equal((await fetch(`${rig.solana.url}/readyz`)).status, 200);
  });
});
