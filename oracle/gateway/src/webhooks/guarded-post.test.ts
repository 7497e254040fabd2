import assert from "node:assert/strict";
import { createServer } from "node:net";
import { createSystemClock } from "@chronoledger/service";
import { freePort } from "../../../../test/support/free-port.ts";
import { CalledTarget } from "../../../../test/support/schedule-rig.ts";
import { openPost, type PostOptions } from "./guarded-post.ts";

describe("a guarded call", () => {
  let target: CalledTarget;
  beforeEach(async () => {
    target = await new CalledTarget().start();
  });
  afterEach(() => target.stop());

  const options = (url: string, changed: Partial<PostOptions> = {}): PostOptions => ({
    target: { url: new URL(url), address: "127.0.0.1", family: 4 },
    headers: { "x-test": "1" },
    body: Buffer.from("body"),
    timeoutMs: 5_000,
    clock: createSystemClock(),
    signal: new AbortController().signal,
    ...changed,
  });

  it("goes to the address that was checked, whatever its name says", async () => {
    const outcome = await openPost(options(`http://nowhere.invalid:${target.port}/x`)).send();
    assert.equal(outcome.status, 200);
    assert.equal(target.received[0]?.headers.host, `nowhere.invalid:${target.port}`);
    assert.equal(target.received[0]?.body.toString(), "body");
  });

  it("does not follow a redirect", async () => {
    target.answers = [302];
    const outcome = await openPost(options(target.url)).send();
    assert.equal(outcome.status, 302);
    assert.equal(target.received.length, 1);
  });

  it("says nothing before it is told to", async () => {
    const post = openPost(options(target.url));
    await openPost(options(target.url)).send();
    assert.equal(target.received.length, 1);
    assert.equal((await post.send()).status, 200);
    assert.equal(target.received.length, 2);
  });

  it("ends when no answer comes", async () => {
    target.answers = ["hang"];
    const outcome = await openPost(options(target.url, { timeoutMs: 50 })).send();
    assert.deepEqual([outcome.status, outcome.error], [null, "no answer in 50 ms"]);
    assert.notEqual(outcome.sentAt, null);
  });

  it("says why there was no connection, and that nothing was sent", async () => {
    const port = await freePort();
    const outcome = await openPost(options(`http://127.0.0.1:${port}/`)).send();
    assert.deepEqual(
      [outcome.status, outcome.error, outcome.sentAt],
      [null, "the connection failed: ECONNREFUSED", null],
    );
  });

  it("takes the status of an answer that never ends, and no more of it than the limit", async () => {
    const endless = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n");
        const more = () => {
          while (!socket.destroyed && socket.write("x".repeat(65_536)));
        };
        socket.on("drain", more);
        more();
      });
    });
    await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
    const { port } = endless.address() as { port: number };
    try {
      assert.equal((await openPost(options(`http://127.0.0.1:${port}/`)).send()).status, 200);
    } finally {
      endless.close();
    }
  });

  it("is cut off when the gateway stops", async () => {
    target.answers = ["hang"];
    const stopping = new AbortController();
    const sent = openPost(options(target.url, { signal: stopping.signal })).send();
    stopping.abort();
    assert.equal((await sent).status, null);
  });
});
