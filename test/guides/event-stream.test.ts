import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Redis } from "ioredis";
import { endChild, untilPrinted } from "../support/child.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";
import { GuideProject } from "./guide-project.ts";
import { network, settingsOf } from "./network.ts";

const EVENTS = 1_200;

/** What happens to a batch on its way: it passes, or the consumer is killed before the gateway gets it, or after it was stamped. */
type Fate = "pass" | "kill before" | "kill after";

describe("the guide to an event stream", () => {
  const fates: Fate[] = [];
  const batches: { readonly key: string; readonly replayed: boolean }[] = [];
  let kill: () => Promise<void>;
  let redis: RedisServer;
  let between: Server;
  let project: GuideProject;
  let key: string;

  before(async () => {
    redis = await startRedis();
    const settings = await settingsOf("professional");
    key = settings.CHRONO_API_KEY;
    between = createServer((request, response) => {
      void (async () => {
        const body = await text(request);
        const fate = request.method === "POST" ? (fates.shift() ?? "pass") : "pass";
        if (fate === "kill before") return kill();
        const headers = Object.fromEntries(
          ["authorization", "content-type", "idempotency-key"].flatMap((name) => {
            const value = request.headers[name];
            return typeof value === "string" ? [[name, value]] : [];
          }),
        );
        const given = { method: request.method ?? "GET", headers, ...(request.method === "POST" ? { body } : {}) };
        const answer = await fetch(network.gateway.url + request.url, given);
        const bytes = Buffer.from(await answer.arrayBuffer());
        if (request.method === "POST")
          batches.push({
            key: headers["idempotency-key"] ?? "",
            replayed: answer.headers.get("idempotency-replayed") === "true",
          });
        if (fate === "kill after") return kill();
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(bytes);
      })();
    });
    await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
    project = GuideProject.of("event-stream", { ...settings, CHRONO_URL: url, REDIS_URL: redis.url });
  });
  after(async () => {
    await project?.remove();
    between?.closeAllConnections();
    await new Promise((resolve) => (between === undefined ? resolve(undefined) : between.close(resolve)));
    await redis?.stop();
  });

  /** Starts the consumer; resolves when fate has killed it. */
  async function consumeUntilKilled(): Promise<void> {
    const child = project.start("node consumer.ts");
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    kill = () => endChild(child);
    await ended;
    assert.equal(child.signalCode, "SIGKILL");
  }

  it("stamps each event once, although the consumer is killed in the middle of two batches", async () => {
    assert.equal(await project.output("node produce.ts"), `${EVENTS} events\n`);
    fates.push("kill after");
    await consumeUntilKilled();
    fates.push("pass", "kill before");
    await consumeUntilKilled();
    const last = project.start("node consumer.ts");
    await untilPrinted(last, /ready/);
    const client = new Redis(redis.url);
    await until("every event has its proof", async () => (await client.hlen("orders:proofs")) === EVENTS);
    await client.quit();
    await endChild(last, "SIGTERM");
    assert.equal(await project.output("node audit.ts"), project.outputs[0]);
    assert.deepEqual(
      batches.map(({ replayed }) => replayed),
      [false, true, false, false],
      "only the batch that had been stamped already was asked for again",
    );
    assert.equal(batches[0]?.key, batches[1]?.key);
    const { "stamp.precise": precise = 0, "stamp.basic": basic = 0 } = await network.usage(key);
    assert.equal(precise + basic, EVENTS);
  });

  it("finds an event that was changed, one whose proof is gone, and two whose proofs were exchanged", async () => {
    const client = new Redis(redis.url);
    const offsets = (await client.xrange("orders", "-", "+", "COUNT", 4)).map(([offset]) => offset);
    const [first = "", second = "", third = "", fourth = ""] = offsets;
    const proofs = await client.hmget("orders:proofs", first, second);
    await client.hset("orders:proofs", first, proofs[1] ?? "", second, proofs[0] ?? "");
    await client.hdel("orders:proofs", third);
    await client.xdel("orders", fourth);
    await client.quit();
    assert.equal(await project.output("node audit.ts"), `valid ${EVENTS - 4}, invalid 2, missing 1\n`);
    assert.deepEqual(project.left, []);
  });
});
