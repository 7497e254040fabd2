import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { nodeSetToJson } from "@chronoledger/core";
import { build } from "esbuild";
import type { Browser } from "puppeteer-core";
import { launchBrowser } from "../../../test/support/browser.ts";
import { STUB_KEY, StubGateway } from "../../../test/support/stub-gateway.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Bytes of a minified bundle, dependencies included. */
const BUDGET = { client: 225_000, verifyProof: 175_000 };

async function bundle(code: string): Promise<{ text: string; bytes: number; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    write: false,
    metafile: true,
    // One copy, as an application has that installs the package; here each workspace has its own.
    alias: { zod: fileURLToPath(new URL("..", import.meta.resolve("zod/v4"))) },
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  assert.ok(file !== undefined && output !== undefined);
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { text: file.text, bytes: file.contents.length, inputs: inputs.map(([name]) => name) };
}

/** Works as a page would: stamps, verifies what it keeps as JSON, and looks at a damaged proof. */
const PAGE = `
import { ChronoLedgerClient, verifyProof, parseNodeSet } from "./index.ts";
globalThis.tryOut = async (key, nodeSet) => {
  const client = new ChronoLedgerClient({ url: location.origin, apiKey: key, nodeSet });
  const event = { order: "A-1", price: 5n };
  const stamp = await client.stamp("a text");
  const proof = await client.generateProof(event, stamp.timestamp);
  const batch = await client.getTimestampBatch(3);
  const kept = JSON.parse(JSON.stringify(proof));
  const bytes = stamp.proof.toBytes();
  const whole = verifyProof(bytes, parseNodeSet(nodeSet));
  bytes[bytes.length - 1] ^= 1;
  return {
    trust: stamp.trust,
    whole: whole.valid,
    flipped: verifyProof(bytes, parseNodeSet(nodeSet)),
    matches: (await client.verifyProof(kept, event)).valid,
    other: (await client.verifyProof(kept, { ...event, price: 6n })).code,
    batch: (await client.verifyProofBatch([...batch])).map((each) => each.valid),
    secure: isSecureContext,
  };
};`;

describe("the client in a browser", () => {
  const gateway = new StubGateway();
  let site: Server;
  let browser: Browser;

  before(async () => {
    await gateway.start();
    const { text } = await bundle(PAGE);
    site = createServer(async (request, response) => {
      if (request.url === "/")
        return void response
          .setHeader("content-type", "text/html")
          .end("<!doctype html><script type=module src=page.js></script>");
      if (request.url === "/page.js") return void response.setHeader("content-type", "text/javascript").end(text);
      if (request.url?.startsWith("/v1/") !== true) return void response.writeHead(404).end();
      // The gateway behind the site's own origin, as an operator's proxy puts it.
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = await fetch(gateway.url + request.url, {
        method: request.method ?? "GET",
        headers: { "content-type": "application/json", "idempotency-key": String(request.headers["idempotency-key"]) },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    site?.closeAllConnections();
    site?.close();
    gateway.stop();
  });

  it("stamps, verifies, and notices a flipped byte and another event", async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => "tryOut" in globalThis);
    const result = await page.evaluate(
      (key, nodeSet) =>
        (globalThis as unknown as { tryOut(...args: unknown[]): Promise<Record<string, unknown>> }).tryOut(
          key,
          nodeSet,
        ),
      STUB_KEY,
      nodeSetToJson(gateway.oracle.quorum.set),
    );
    assert.deepEqual(errors, []);
    const { flipped, ...rest } = result as { flipped: { valid: boolean; code: string } };
    assert.equal(flipped.valid, false);
    assert.equal(flipped.code, "certificate/signature");
    assert.deepEqual(rest, {
      trust: "pinned",
      whole: true,
      matches: true,
      other: "proof/context",
      batch: [true, true, true],
      secure: true,
    });
  });

  it("stays within its size, and who only verifies does not load the rest", async () => {
    const whole = await bundle(`export * from "./index.ts";`);
    const part = await bundle(`export { verifyProof } from "./index.ts";`);
    assert.ok(whole.bytes <= BUDGET.client, `${whole.bytes} bytes`);
    assert.ok(part.bytes <= BUDGET.verifyProof, `${part.bytes} bytes`);
    assert.ok(part.bytes < 0.8 * whole.bytes, `${part.bytes} of ${whole.bytes}`);
    const rest = /\/(transport|client|trust|open-stamp|audit-report)\.ts$|packages\/compliance|wire\/gateway/;
    assert.deepEqual(
      part.inputs.filter((name) => rest.test(name)),
      [],
    );
    assert.ok(whole.inputs.some((name) => rest.test(name)));
  });
});
