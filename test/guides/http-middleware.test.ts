import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { proofFromJson, toBase64Url } from "@chronoledger/core";
import { endChild, untilPrinted } from "../support/child.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { GuideProject } from "./guide-project.ts";
import { network, settingsOf } from "./network.ts";

const VERIFY = `node verify-request.ts POST /orders '{"quantity":3}'`;
const hashOf = (method: string, path: string, body: string): string =>
  createHash("sha256").update(`${method} ${path}\n${body}`).digest("base64url");

describe("the guide to HTTP middleware", () => {
  let project: GuideProject;
  let proxy: TcpProxy;

  before(async () => {
    const settings = await settingsOf("professional");
    proxy = await startTcpProxy(network.gateway.port);
    project = GuideProject.of("http-middleware", { ...settings, CHRONO_URL: `http://127.0.0.1:${proxy.port}` });
  });
  afterEach(() => proxy.mend());
  after(async () => {
    await project?.remove();
    await proxy?.close();
  });

  async function serve(command: string, env: Record<string, string> = {}) {
    project.write("stamps.jsonl", "");
    const child = project.start(command, { ...env, PORT: "0" });
    const [, port] = await untilPrinted(child, /listening on (\d+)/);
    const order = (
      quantity: number | string,
      headers: Record<string, string> = { "content-type": "application/json" },
    ) => fetch(`http://127.0.0.1:${port}/orders`, { method: "POST", headers, body: `{"quantity":${quantity}}` });
    return { child, order, url: `http://127.0.0.1:${port}` };
  }
  const kept = (): { hash: string; id: string; proof: unknown }[] =>
    project
      .read("stamps.jsonl")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { hash: string; id: string; proof: unknown });

  for (const framework of ["express", "fastify"]) {
    it(`${framework}, strict: the answer has the id of a stamp over the request's bytes`, async () => {
      const { child, order, url } = await serve(`STAMPS=strict node ${framework}-app.ts`);
      const response = await order(3);
      assert.equal(response.status, 201);
      assert.deepEqual(await response.json(), { accepted: 3 });
      const id = response.headers.get("chrono-stamp") ?? "";
      assert.match(id, /^st_\d+_\d+$/);
      const proof = proofFromJson(await (await fetch(`${network.gateway.url}/v1/proofs/${id}`)).json());
      assert.equal(toBase64Url(proof.leaf.subarray(32, 64)), hashOf("POST", "/orders", '{"quantity":3}'));
      assert.equal((await fetch(`${url}/orders`)).headers.get("chrono-stamp"), null);
      const many = await Promise.all(Array.from({ length: 30 }, (_, i) => order(100 + i)));
      assert.equal(new Set(many.map(({ headers }) => headers.get("chrono-stamp"))).size, 30);
      assert.equal(await project.output(VERIFY), project.outputs[0]);
      await endChild(child);
    });

    it(`${framework}, strict: without a stamp the handler does not run`, async () => {
      const { child, order } = await serve(`STAMPS=strict node ${framework}-app.ts`, { LIMIT_MS: "500" });
      proxy.cut();
      const response = await order(4);
      assert.equal(response.status, 503);
      assert.deepEqual(await response.json(), { error: "no stamp in time" });
      await endChild(child);
    });

    it(`${framework}, async: answers at once, waits when the queue is full, and stamps all of it later`, async () => {
      const { child, order } = await serve(`STAMPS=async node ${framework}-app.ts`, { QUEUE: "2", LIMIT_MS: "500" });
      proxy.cut();
      const first = await Promise.all([order(1), order('"two"', { "content-type": "text/plain" })]);
      assert.equal(first[0]?.headers.get("chrono-stamp"), `pending ${hashOf("POST", "/orders", '{"quantity":1}')}`);
      assert.deepEqual(kept(), []);
      assert.equal((await order(4)).status, 503, "a full queue is waited for, but not for ever");
      proxy.mend();
      await until("there is room again", async () => (await order(3)).status === 201);
      // A stop takes nothing away.
      await endChild(child, "SIGTERM");
      const hashes = kept().map(({ hash }) => hash);
      for (const body of ['{"quantity":1}', '{"quantity":"two"}', '{"quantity":3}'])
        assert.ok(hashes.includes(hashOf("POST", "/orders", body)), body);
      assert.equal(await project.output(VERIFY), project.outputs[0]);
    });
  }

  it("finds a request that was changed", async () => {
    const [other] = kept().filter(({ hash }) => hash !== hashOf("POST", "/orders", '{"quantity":3}'));
    project.write(
      "stamps.jsonl",
      `${JSON.stringify({ ...other, hash: hashOf("POST", "/orders", '{"quantity":3}') })}\n`,
    );
    const { status, out } = await project.run(VERIFY);
    assert.deepEqual([status, out], [1, "no valid stamp of this request\n"]);
    assert.deepEqual(project.left, []);
  });
});
