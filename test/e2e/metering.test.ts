import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { parseNodeSet, proofFromJson, verifyProof } from "@chronoledger/core";
import { verifyByOpenSsl } from "@chronoledger/service";
import { GatewayNetwork } from "../support/gateway-network.ts";
import { PostgresServer } from "../support/postgres-server.ts";

const CLIENTS = 50;
const REQUESTS = 30;
const KILLS = 6;
const AGAIN = new Set([409, 429, 500, 502, 503]);

type Delivered = { readonly ids: string[]; readonly proofs: unknown[]; leaves: number; repeats: number };

/** Asks until it is answered, with the same key: what a client that takes no loss does. Gives up when the test is over. */
async function stampOnce(
  url: string,
  key: string,
  size: number,
  { delivered, over }: { readonly delivered: Delivered; readonly over: AbortSignal },
): Promise<void> {
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    "idempotency-key": randomUUID(),
  };
  const [path, body] = size === 1 ? ["/v1/stamps", "{}"] : ["/v1/stamps/batch", JSON.stringify({ count: size })];
  while (!over.aborted) {
    const response = await fetch(url + path, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(15_000),
    }).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    if (response !== undefined && text !== undefined && !AGAIN.has(response.status)) {
      assert.ok(response.ok, `${response.status} ${text}`);
      const { id, proof } = JSON.parse(text) as { id: string; proof?: unknown };
      delivered.ids.push(id);
      if (proof !== undefined) delivered.proofs.push(proof);
      delivered.leaves += size;
      return;
    }
    delivered.repeats++;
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
  }
}

describe("metering while gateway and database are killed", function () {
  this.timeout(240_000);
  const database = new PostgresServer();
  let network: GatewayNetwork;
  const over = new AbortController();
  before(async () => {
    await database.start();
    network = new GatewayNetwork({ DATABASE_URL: database.url });
    await network.start();
  });
  after(async () => {
    over.abort();
    await network.stop();
    await database.stop();
  });

  it("charges 50 clients for exactly what was delivered to them", async () => {
    const keys = await Promise.all([1, 2, 3, 4, 5].map(() => network.account("regulatory")));
    const set = parseNodeSet(await (await fetch(`${network.gateway.url}/v1/node-set`)).json());
    const books = keys.map((): Delivered => ({ ids: [], proofs: [], leaves: 0, repeats: 0 }));
    let running = true;
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const account = client % keys.length;
      for (let i = 0; i < REQUESTS; i++)
        await stampOnce(
          network.gateway.url,
          keys[account] as string,
          i % 5 === 4 ? 1 + Math.floor(Math.random() * 40) : 1,
          { delivered: books[account] as Delivered, over: over.signal },
        );
    });
    const done = Promise.all(clients).finally(() => {
      running = false;
    });
    let kills = 0;
    while (running && kills < KILLS) {
      const target = books.reduce((sum, { ids }) => sum + ids.length, 0) + 10 + Math.floor(Math.random() * 120);
      while (running && books.reduce((sum, { ids }) => sum + ids.length, 0) < target)
        await new Promise((resolve) => setTimeout(resolve, 2));
      if (!running) break;
      if (kills % 2 === 0) {
        await network.gateway.stop("SIGKILL");
        await network.gateway.start();
      } else {
        await database.kill();
        await database.start();
      }
      kills++;
    }
    await done;
    assert.equal(kills, KILLS, "there was time for every kill");
    for (const [account, key] of keys.entries()) {
      const { ids, leaves } = books[account] as Delivered;
      assert.equal(new Set(ids).size, ids.length, "no stamp was delivered to two requests");
      const usage = await network.usage(key);
      assert.deepEqual(
        Object.fromEntries(Object.entries(usage).filter(([, quantity]) => quantity > 0)),
        { "stamp.precise": leaves },
        `account ${account}`,
      );
    }
    assert.ok(
      books.some(({ repeats }) => repeats > 0),
      "some requests had to be repeated",
    );
    for (const { proofs } of books)
      for (const proof of proofs.slice(0, 20)) verifyProof(proofFromJson(proof), set, { verify: verifyByOpenSsl });
  });
});
