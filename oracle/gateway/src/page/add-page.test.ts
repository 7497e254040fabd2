import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isChronoError } from "@chronoledger/core";
import { createHttpServer, createLogger, type HttpServer } from "@chronoledger/service";
import { addPage } from "./add-page.ts";

const SCRIPT = "console.log('a script that is long enough to be worth compressing')".repeat(20);

function pageFolder(): { readonly parent: string; readonly dir: string } {
  const parent = mkdtempSync(join(tmpdir(), "chrono-page-"));
  const dir = join(parent, "page");
  mkdirSync(join(dir, "assets"), { recursive: true });
  for (const name of ["home", "verify", "check", "roi"]) writeFileSync(join(dir, `${name}.html`), `<p>${name}</p>`);
  writeFileSync(join(dir, "assets", "home-ABC.js"), SCRIPT);
  writeFileSync(join(dir, "assets", "home-ABC.js.gz"), gzipSync(SCRIPT));
  writeFileSync(join(dir, "assets", "style-ABC.css"), "p{}");
  writeFileSync(join(dir, "assets", ".hidden"), "a secret");
  writeFileSync(join(parent, "secret.txt"), "a secret");
  return { parent, dir };
}

/** As the bytes say it: clients of HTTP tidy a path before they send it. */
const askRaw = (port: number, path: string, header = "Accept: */*"): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${header}\r\nConnection: close\r\n\r\n`),
    );
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("end", () => resolve(text)).on("error", reject);
  });

describe("the page, as the gateway serves it", () => {
  const { parent, dir } = pageFolder();
  let server: HttpServer;
  let port: number;
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers });

  before(async () => {
    server = createHttpServer({
      log: createLogger("gateway", { write: () => undefined }),
      name: "gateway",
      host: "127.0.0.1",
      port: 0,
      notReady: () => undefined,
    });
    addPage(server.app, dir);
    server.app.get("/v1/other", () => ({ fine: true }));
    port = await server.listen();
  });
  after(async () => {
    await server.close();
    rmSync(parent, { recursive: true });
  });

  for (const [path, text] of [
    ["/", "home"],
    ["/verify", "verify"],
    ["/verify?id=st_1_0", "verify"],
    ["/check", "check"],
    ["/roi", "roi"],
  ] as const)
    it(`gives ${path}, asked for again each time, and nothing that a page could be tricked with`, async () => {
      const answer = await ask(path);
      assert.equal(answer.status, 200);
      assert.equal(await answer.text(), `<p>${text}</p>`);
      assert.match(answer.headers.get("content-type") ?? "", /^text\/html; charset=utf-8$/i);
      assert.equal(answer.headers.get("cache-control"), "public, max-age=0");
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
      const policy = answer.headers.get("content-security-policy") ?? "";
      for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
        assert.ok(policy.split("; ").includes(rule), rule);
      assert.doesNotMatch(policy, /unsafe|\*|data:/);
      const again = await askRaw(port, path, `If-None-Match: ${answer.headers.get("etag")}`);
      assert.match(again, /^HTTP\/1\.1 304 /);
    });

  it("lets browsers keep assets for good, and has them compressed", async () => {
    const answer = await ask("/assets/home-ABC.js", { "accept-encoding": "gzip" });
    assert.equal(answer.headers.get("content-encoding"), "gzip");
    assert.equal(await answer.text(), SCRIPT);
    assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.match(answer.headers.get("content-type") ?? "", /javascript/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    const plain = await ask("/assets/home-ABC.js", { "accept-encoding": "identity" });
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(await plain.text(), SCRIPT);
    assert.match((await ask("/assets/style-ABC.css")).headers.get("content-type") ?? "", /^text\/css/);
  });

  for (const path of [
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/assets/..\\..\\secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets//../../secret.txt",
    "/assets/%252e%252e%252f%252e%252e%252fsecret.txt",
    "/assets/%00",
    "/assets/.hidden",
    "/assets/",
    "/assets/no-such.js",
    "/../secret.txt",
    "/home.html.gz",
  ])
    it(`gives nothing for ${JSON.stringify(path)}`, async () => {
      const answer = await askRaw(port, path);
      assert.match(answer, /^HTTP\/1\.1 4\d\d /);
      assert.match(answer, /application\/problem\+json/);
      assert.doesNotMatch(answer, /a secret/);
    });

  it("leaves other routes as they are", async () => {
    const answer = await ask("/v1/other");
    assert.deepEqual(await answer.json(), { fine: true });
    assert.equal(answer.headers.get("content-security-policy"), null);
  });

  it("says what to do when nothing was built", () => {
    const empty = mkdtempSync(join(parent, "empty-"));
    assert.throws(
      () => addPage(server.app, empty),
      (error) => isChronoError(error) && error.code === "config/invalid" && /app\/src\/main\.ts/.test(error.message),
    );
  });
});
