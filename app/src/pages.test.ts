import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import {
  afterContext,
  bytesToHex,
  type DurationNs,
  encodeLeaf,
  encodeProof,
  leafHash,
  nodeSetToJson,
  proofToJson,
  sha256,
  type TaiNs,
  type TemporalProof,
  toBase64Url,
  ZERO_HASH,
} from "@chronoledger/core";
import { CreateAccount, CreatedAccount, GatewayStatus, Stamp, StampRequest } from "@chronoledger/core/gateway";
import { TemporalProof as EventProof, eventHash, HardwareProof } from "@chronoledger/sdk";
import type { Browser, Page } from "puppeteer-core";
import { launchBrowser } from "../../test/support/browser.ts";
import { certificateBytes } from "../../test/support/certificate-bytes.ts";
import { newQuorum, type Quorum } from "../../test/support/quorum.ts";
import { buildPage } from "./build.ts";

/** 2026-09-21T14:13:20 UTC, and some nanoseconds. */
const ARRIVAL = (1_790_000_037_000_000_000n + 123_456_789n) as TaiNs;
const KEY = `clk_${"k".repeat(65)}`;
const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** As the gateway sends it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const text = (value: string) => new TextEncoder().encode(value);
const WORDS = text("the very words that were stamped");

function makeProof(quorum: Quorum, imprint: Uint8Array, context = ZERO_HASH, sequence = 12n): TemporalProof {
  const leaf = encodeLeaf({
    time: ARRIVAL,
    uncertainty: 1_500_000n as DurationNs,
    serial: 5n,
    policyId: quorum.set.policy.policyId,
    flags: 8,
    imprint,
    context,
  });
  const certificate = certificateBytes(
    quorum.certify({ time: (ARRIVAL + 6_250_000n) as TaiNs, sequence, imprint: leafHash(leaf) }),
  );
  return { leaf, index: 0, size: 1, path: [], certificate };
}

/** What the page asks of a gateway, by the schemas of the wire; everything else is the built page. */
class StubGateway {
  readonly quorum = newQuorum({ n: 4 });
  readonly asked: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "chrono-pages-"));
  /** Answers instead of the usual one, once each, by path. */
  readonly instead = new Map<string, { status: number; body: unknown }[]>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<void> {
    await buildPage(this.folder);
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  refuse(path: string, code: string, status: number, title = code): void {
    this.instead.set(path, [
      ...(this.instead.get(path) ?? []),
      { status, body: { code, title, status, details: { name: HOSTILE } } },
    ]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += String(part);
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path.startsWith("/v1/"))
      this.asked.push({ method: request.method ?? "", path, headers: request.headers, body });
    const json = (status: number, value: unknown) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const instead = this.instead.get(path)?.shift();
    if (instead !== undefined) return json(instead.status, instead.body);
    if (path === "/v1/status") return json(200, this.#status());
    if (path === "/v1/node-set") return json(200, nodeSetToJson(this.quorum.set));
    if (path === "/v1/proofs/st_12_0") return json(200, proofToJson(makeProof(this.quorum, sha256(WORDS))));
    if (path === "/v1/accounts") return json(201, this.#account(CreateAccount.parse(JSON.parse(body)).name));
    if (path === "/v1/stamps") return json(201, this.#stamp(StampRequest.parse(JSON.parse(body)).imprint ?? ZERO_HASH));
    if (path.startsWith("/v1/")) return json(404, { code: "input/not-found", title: "input/not-found", status: 404 });
    const file = path.startsWith("/assets/") ? path.slice(1) : `${path === "/" ? "home" : path.slice(1)}.html`;
    const type = TYPES[extname(file)] ?? "text/html; charset=utf-8";
    try {
      const content = readFileSync(join(this.folder, file));
      response.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  #status() {
    return GatewayStatus.encode({
      networkId: 7,
      epoch: 1,
      sequence: 12n,
      reading: { timeTaiNs: ARRIVAL, uncertaintyNs: 1_500_000n, taiMinusUtc: 37 },
      test: true,
      stamps: 1_234,
      database: "embedded",
      chainId: null,
    });
  }
  #account(name: string) {
    const id = "A".repeat(22);
    const at = 1_790_000_000_000_000_000n;
    return CreatedAccount.encode({
      account: { id: `ac_${id}`, name, tier: "developer", billing: "subscription", createdUtcNs: at, closed: false },
      key: {
        id: `ak_${id}`,
        name: "first",
        scopes: ["stamp"],
        createdUtcNs: at,
        expiresUtcNs: null,
        revokedUtcNs: null,
        lastUsedUtcNs: null,
      },
      secret: KEY,
    });
  }
  #stamp(imprint: Uint8Array) {
    return Stamp.encode({
      id: "st_12_0",
      timeTaiNs: ARRIVAL,
      uncertaintyNs: 1_500_000n,
      taiMinusUtc: 37,
      timeUtcNs: ARRIVAL - 37_000_000_000n,
      precision: "ms",
      existedBeforeTaiNs: ARRIVAL + 6_250_000n,
      sequence: 12n,
      imprint,
      context: ZERO_HASH,
      test: true,
      nistCompliant: false,
      proof: proofToJson(makeProof(this.quorum, imprint)),
    });
  }
}

describe("the page in a browser", () => {
  const gateway = new StubGateway();
  let browser: Browser;
  let page: Page;
  /** What the browser complained of: scripts that failed, and breaches of the page's policy. */
  let complaints: string[];

  before(async () => {
    await gateway.start();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    gateway.stop();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
        complaints.push(message.text());
    });
    gateway.asked.length = 0;
    gateway.instead.clear();
  });
  afterEach(async () => {
    assert.notEqual(await page.title(), "owned");
    assert.deepEqual(complaints, []);
    await page.close();
  });

  const open = async (path: string) => {
    await page.goto(gateway.url + path);
    await page.waitForSelector("body[data-ready]");
  };
  const textOf = (selector: string) => page.$eval(selector, (found) => found.textContent ?? "");
  const type = (selector: string, value: string) =>
    page.$eval(
      selector,
      (field, given) => {
        (field as HTMLInputElement).value = given;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
      value,
    );
  const choose = async (selector: string, name: string, content: Uint8Array | string) => {
    const path = join(mkdtempSync(join(gateway.folder, "given-")), name);
    writeFileSync(path, content);
    const input = await page.$(selector);
    await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
  };
  const verdict = (name: string) => page.waitForSelector(`#verdict[data-verdict="${name}"]`);
  const proofText = (proof: TemporalProof) => JSON.stringify(proofToJson(proof));

  describe("verifies", () => {
    it("a good proof from a file, says what is proven by whom, and that a test is no evidence", async () => {
      await open("/verify");
      await choose("#proof-file", "contract.chrono", encodeProof(makeProof(gateway.quorum, sha256(WORDS))));
      await verdict("sound");
      const result = await textOf("#result");
      assert.match(result, /It existed before2026-09-21 14:13:20\.129706789 UTC/);
      assert.match(result, /It arrived at2026-09-21 14:13:20\.123456789 UTC ± 1\.5 ms/);
      assert.match(result, /3 of 4 nodes signed \(no\. 0, no\. 1, no\. 2\); 3 are needed/);
      assert.match(result, /Network 7, epoch 1\. The nodes’ keys come from this gateway/);
      assert.match(result, /One gateway’s word/);
      assert.match(await textOf("#test-notice"), /no evidence for a regulator.*Keys or clock without hardware/);
      assert.match(result, /What it does not prove/);
      assert.match(
        await page.$eval(".picture", (svg) => svg.getAttribute("aria-label") ?? ""),
        /3 ms wide.*6\.25 ms after/,
      );
      assert.match(await textOf("#verdict-said"), /Test proof.*The proof holds\. Existed before 2026/);
    });

    it("the file that was stamped, without sending it", async () => {
      await open("/verify");
      await type("#proof-text", proofText(makeProof(gateway.quorum, sha256(WORDS))));
      await choose("#data-file", "words.txt", WORDS);
      await verdict("file-matches");
      assert.match(await textOf("#file-status"), new RegExp(bytesToHex(sha256(WORDS))));
      assert.deepEqual(
        gateway.asked.map(({ method, path, body }) => [method, path, body]),
        [["GET", "/v1/node-set", ""]],
      );
    });

    it("a large file piece by piece", async () => {
      const large = new Uint8Array(5_000_000).map((_, i) => i % 251);
      await open("/verify");
      await type("#proof-text", proofText(makeProof(gateway.quorum, sha256(large))));
      await choose("#data-file", "large.bin", large);
      await verdict("file-matches");
    });

    it("a proof by its id in the address", async () => {
      await open("/verify?id=st_12_0");
      await verdict("sound");
      assert.equal(await textOf("#proof-source"), "From this gateway: st_12_0");
    });

    it("what POST /v1/stamps answered, and the proof of an event with its claimed time", async () => {
      await open("/verify");
      await type(
        "#proof-text",
        JSON.stringify({ id: "st_12_0", proof: proofToJson(makeProof(gateway.quorum, sha256(WORDS))) }),
      );
      await verdict("sound");
      const trade = { price: 12.5, quantity: 3 };
      const parts = { event: eventHash(trade), timestamp: 1_789_999_999_000_000_001n };
      const { imprint } = new EventProof({ ...parts, proof: new HardwareProof(makeProof(gateway.quorum, ZERO_HASH)) });
      const proof = new EventProof({ ...parts, proof: new HardwareProof(makeProof(gateway.quorum, imprint)) });
      await choose("#data-file", "trade.json", `{ "quantity": 3, "price": 12.50 }`);
      await type("#proof-text", JSON.stringify(proof));
      await verdict("file-matches");
      assert.match(await textOf("#result"), /stated to have happened at2026-09-21 14:13:19\.000000001 UTC/);
      await type("#proof-text", JSON.stringify({ ...proof.toJSON(), timestamp: "1789999999000000002" }));
      await verdict("proof/path");
    });

    it("the lower bound of a stamp that was bound to an earlier certificate", async () => {
      const earlier = certificateBytes(
        gateway.quorum.certify({ time: (ARRIVAL - 3_000_000_000n) as TaiNs, sequence: 11n }),
      );
      const nonce = sha256(text("nonce"));
      await open("/verify");
      await type("#proof-text", proofText(makeProof(gateway.quorum, sha256(WORDS), afterContext(earlier, nonce))));
      await verdict("sound");
      assert.match(await textOf("#result"), /What the stamp was bound to/);
      await type("#after-certificate", toBase64Url(earlier));
      await type("#after-nonce", bytesToHex(nonce));
      await verdict("sound");
      assert.match(await textOf("#result"), /it was made after2026-09-21 14:13:17\.123456789 UTC/);
      await type("#after-nonce", bytesToHex(sha256(text("another"))));
      await verdict("proof/context");
    });
  });

  describe("refuses, in words", () => {
    it("a proof with a single flipped bit, wherever it is", async () => {
      const good = encodeProof(makeProof(gateway.quorum, sha256(WORDS)));
      await open("/verify");
      for (const [at, code] of [
        [0, "proof/malformed"],
        [17 + 40, "proof/path"],
        [17 + 3, "proof/path"],
        [good.length - 1, "certificate/signature"],
        [113 + 70, "certificate/signature"],
      ] as const) {
        const bad = good.map((byte, i) => (i === at ? byte ^ 1 : byte));
        await choose("#proof-file", "bad.chrono", bad);
        await verdict(code);
        assert.match(await textOf("#verdict"), /Not proven/);
      }
    });

    it("another file than the one that was stamped", async () => {
      await open("/verify");
      await choose("#data-file", HOSTILE.replaceAll("/", "_"), "other words");
      await type("#proof-text", proofText(makeProof(gateway.quorum, sha256(WORDS))));
      await verdict("other-file");
      assert.match(await textOf("#verdict"), /sound, but it is about other data than <img src=x/);
      assert.match(await textOf("#verdict-said"), /not for this file/);
      assert.equal(await page.$("#result img"), null);
    });

    it("a proof of another network than the pinned node set, and takes the right one", async () => {
      const other = newQuorum({ n: 4, networkId: 8 });
      await open("/verify");
      await type("#node-set", JSON.stringify(nodeSetToJson(gateway.quorum.set)));
      await type("#proof-text", proofText(makeProof(other, sha256(WORDS))));
      await verdict("statement/network");
      assert.match(
        await textOf("#verdict"),
        /another network than the node set.*Paste the node set of the right network/,
      );
      await type("#node-set", JSON.stringify(nodeSetToJson(other.set)));
      await verdict("sound");
      assert.match(await textOf("#by-whom"), /Network 8.*node set that you pasted/);
      assert.deepEqual(gateway.asked, []);
    });

    it("signatures of other nodes with the same network's number", async () => {
      await open("/verify");
      await type("#proof-text", proofText(makeProof(newQuorum({ n: 4 }), sha256(WORDS))));
      await verdict("certificate/signature");
    });

    it("what is no proof at all, and what is far too large for one", async () => {
      await open("/verify");
      await choose("#proof-file", "photo.jpg", new Uint8Array(2_000).fill(255));
      await verdict("proof/malformed");
      await choose("#proof-file", "film.mp4", new Uint8Array(300_000));
      await verdict("input/too-large");
      assert.match(await textOf("#verdict"), /choose the \.chrono or JSON file, not the file that was stamped/);
      await page.click('button[type="reset"]');
      await page.waitForSelector("#result .empty");
    });

    it("markup where text is expected, without running it", async () => {
      await open(`/verify?id=${encodeURIComponent(HOSTILE)}`);
      await verdict("input/malformed");
      for (const [field, value] of [
        ["#proof-text", HOSTILE],
        ["#proof-text", JSON.stringify({ version: HOSTILE, [HOSTILE]: 1 })],
        ["#node-set", JSON.stringify({ networkId: HOSTILE, [HOSTILE]: HOSTILE })],
      ] as const)
        await type(field, value);
      await type("#proof-text", proofText(makeProof(gateway.quorum, sha256(WORDS))));
      await page.waitForFunction(() => /<img/.test(document.querySelector("#verdict")?.textContent ?? ""));
      assert.equal(await page.$("#result img, #result script"), null);
    });

    it("to judge without a node set, and says what helps", async () => {
      for (let i = 0; i < 3; i++) gateway.refuse("/v1/node-set", "rpc/unavailable", 503);
      await open("/verify");
      await type("#proof-text", proofText(makeProof(gateway.quorum, sha256(WORDS))));
      await verdict("rpc/unavailable");
      assert.match(await textOf("#verdict"), /needs no gateway when you paste the proof and a node set/);
    });
  });

  describe("starts a customer", () => {
    it("with the attested time, as an interval", async () => {
      await open("/");
      await page.waitForFunction(() => /20\.123456789/.test(document.querySelector("#now")?.textContent ?? ""));
      assert.match(await textOf("#now-interval"), /± 1\.5 ms: between 14:13:20\.121956789 and 14:13:20\.124956789/);
      assert.equal(await page.$eval("#now-test", (note) => (note as HTMLElement).hidden), false);
      gateway.refuse("/v1/status", "clock/not-available", 503);
      await page.waitForSelector("#now-problem:not([hidden])");
      await page.waitForSelector("#now-problem[hidden]");
    });

    it("with a key, a stamp that was verified, a file to keep, and code", async () => {
      await open("/");
      await type("#account-name", HOSTILE.slice(0, 60));
      gateway.refuse("/v1/stamps", "round/failed", 503);
      await page.click("#sign-up button");
      await page.waitForSelector("#issued:not([hidden])");
      assert.equal(await page.$eval("#issued-key", (field) => (field as HTMLInputElement).value), KEY);
      await type("#stamp-text", new TextDecoder().decode(WORDS));
      await page.click("#stamp-button");
      await page.waitForSelector("#verify-link");
      assert.match(await textOf("#stamp-status"), /verified in your browser/);
      assert.match(await textOf("#snippets"), new RegExp(`Bearer ${KEY}'`));
      const [sent, again] = gateway.asked.filter(({ path }) => path === "/v1/stamps");
      assert.deepEqual(JSON.parse(sent?.body ?? ""), { imprint: toBase64Url(sha256(WORDS)) });
      assert.equal(sent?.headers.authorization, `Bearer ${KEY}`);
      assert.ok(sent?.headers["idempotency-key"]);
      assert.equal(again?.headers["idempotency-key"], sent?.headers["idempotency-key"]);
      const saved = await page.$eval("#stamp-result a[download]", (link) => (link as HTMLAnchorElement).download);
      assert.equal(saved, "st_12_0.chrono");
      await page.click("#verify-link");
      await verdict("sound");
    });

    it("and says what is wrong: no name, sign-up closed, a key that is none", async () => {
      await open("/");
      await page.click("#sign-up button");
      assert.equal(await page.$eval("#account-name", (field) => field.getAttribute("aria-invalid")), "true");
      assert.deepEqual(
        gateway.asked.filter(({ method }) => method === "POST"),
        [],
      );
      gateway.refuse("/v1/accounts", "auth/refused", 401, HOSTILE);
      await type("#account-name", "a firm");
      await page.click("#sign-up button");
      await page.waitForSelector("#sign-up-problem:not([hidden])");
      assert.match(
        await textOf("#sign-up-problem"),
        /does not open accounts by itself.*Ask its operator.*auth\/refused/,
      );
      assert.equal(await page.$("#sign-up-problem img"), null);
      await type("#given-key", "clk_short");
      await page.$eval("#own-key", (form) => (form as HTMLFormElement).requestSubmit());
      assert.equal(await page.$eval("#given-key", (field) => field.getAttribute("aria-invalid")), "true");
      assert.equal(await page.$eval("#stamp-button", (button) => (button as HTMLButtonElement).disabled), true);
    });
  });

  describe("checks compliance", () => {
    it("by the answers, with limits, citations and remedies", async () => {
      await open("/check");
      assert.equal(await page.$eval("#as-of", (field) => (field as HTMLInputElement).value), "2026-09-21");
      await page.waitForSelector('#check-verdict[data-verdict="incomplete"]');
      const result = await textOf("#check-result");
      assert.match(result, /100 µs/);
      assert.match(result, /2025\/1155/);
      await type('[name="maxDivergenceNs"]', "250");
      await page.waitForSelector('#check-verdict[data-verdict="falls-short"]');
      assert.match(await textOf('[data-finding="divergence"]'), /250000 ns from UTC; the limit is 100000 ns.*Do: /);
      await type('[name="maxDivergenceNs"]', "a lot");
      await page.waitForSelector("#answers-problem:not([hidden])");
      assert.equal(await page.$eval('[name="maxDivergenceNs"]', (field) => field.getAttribute("aria-invalid")), "true");
    });

    it("of several systems, and shows their names as text", async () => {
      await open("/check");
      await page.click("#add-system");
      assert.equal((await page.$$(".system")).length, 2);
      await page.$$eval('.system input[value="trading-venue"]', (boxes) => (boxes[1] as HTMLInputElement).click());
      await page.$$eval(
        '.system [name="name"]',
        (fields, name) => {
          (fields[1] as HTMLInputElement).value = name;
          fields[1]?.dispatchEvent(new Event("input", { bubbles: true }));
        },
        HOSTILE.slice(0, 90),
      );
      await page.waitForSelector('[data-class="venue-fast"]');
      assert.match(await textOf('[data-class="venue-fast"]'), /<img src=x/);
      await page.$$eval(".system .remove", (buttons) => (buttons[1] as HTMLButtonElement).click());
      assert.equal((await page.$$(".system")).length, 1);
    });
  });

  it("compares costs, with every assumption shown and open to change", async () => {
    await open("/roi");
    const before = await textOf("#roi-verdict h3");
    assert.match(before, /^\$[0-9,]+ (less|more) with ChronoLedger over 5 years$/);
    assert.equal(await page.$eval("#grandmasterPriceCents", (field) => (field as HTMLInputElement).value), "10,000");
    await type("#grandmasterPriceCents", "500.50");
    assert.notEqual(await textOf("#roi-verdict h3"), before);
    assert.match(await textOf("#roi-result table tbody"), /\$1,001/);
    await type("#years", "0");
    await page.waitForSelector("#roi-problem:not([hidden])");
    await page.click('button[type="reset"]');
    await page.waitForFunction((first) => document.querySelector("#roi-verdict h3")?.textContent === first, {}, before);
  });
});
