import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeProof, nodeSetToJson, sha256, verifyProof } from "@chronoledger/core";
import { ChronoLedgerClient } from "@chronoledger/sdk";
import type { Browser, Page } from "puppeteer-core";
import { launchBrowser } from "../../test/support/browser.ts";
import { GatewayRig } from "../../test/support/gateway-rig.ts";
import { until } from "../../test/support/until.ts";
import { buildPage } from "./build.ts";

const FILE = new TextEncoder().encode("a contract of two pages");

type Uploads = { uploadFile(path: string): Promise<void> };

describe("first stamp, from the page of a real gateway", () => {
  const folder = mkdtempSync(join(tmpdir(), "chrono-first-"));
  const rig = new GatewayRig({ GATEWAY_PAGE_DIR: join(folder, "page") });
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;

  before(async () => {
    await buildPage(join(folder, "page"));
    await rig.start();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  });
  after(async () => {
    await browser?.close();
    await rig.stop();
    rmSync(folder, { recursive: true });
  });

  const give = async (selector: string) => {
    const input = await page.$(selector);
    await (input as unknown as Uploads).uploadFile(join(folder, "contract.pdf"));
  };

  it("opens an account, stamps a file, saves a proof that holds offline, and verifies it by its link", async () => {
    writeFileSync(join(folder, "contract.pdf"), FILE);
    const devtools = await browser.target().createCDPSession();
    await devtools.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await page.goto(rig.url);
    await page.waitForFunction(() => /± .* between/.test(document.querySelector("#now-interval")?.textContent ?? ""));
    await page.type("#account-name", "A firm");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#issued:not([hidden])");
    await give("#stamp-file");
    await page.click("#stamp-button");
    await page.waitForSelector("#verify-link");

    await page.click("#stamp-result a[download]");
    const saved = join(folder, "contract.pdf.chrono");
    await until("the saved proof", () => {
      try {
        return readFileSync(saved).length > 0;
      } catch {
        return false;
      }
    });
    const proof = verifyProof(decodeProof(Uint8Array.from(readFileSync(saved))), rig.oracle.quorum.set);
    assert.deepEqual(proof.leaf.imprint, sha256(FILE));

    const code = await page.$$eval("#snippets code", (parts) => parts.map(({ textContent }) => textContent ?? ""));
    await page.click("#verify-link");
    await page.waitForSelector('#verdict[data-verdict="sound"]');
    await give("#data-file");
    await page.waitForSelector('#verdict[data-verdict="file-matches"]');
    await page.$eval(
      "#node-set",
      (field, set) => {
        (field as HTMLTextAreaElement).value = set;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
      JSON.stringify(nodeSetToJson(rig.oracle.quorum.set)),
    );
    await page.waitForFunction(() => /you pasted/.test(document.querySelector("#by-whom")?.textContent ?? ""));
    assert.deepEqual(complaints, []);

    const [, script = ""] = code;
    assert.match(script, /^import \{ ChronoLedgerClient \} from "@chronoledger\/sdk";\n/);
    const said: unknown[] = [];
    const Run = Object.getPrototypeOf(async () => undefined).constructor as new (
      ...parts: string[]
    ) => (client: unknown, console: unknown) => Promise<void>;
    await new Run("ChronoLedgerClient", "console", script.slice(script.indexOf("\n")))(ChronoLedgerClient, {
      log: (...parts: unknown[]) => said.push(...parts),
    });
    assert.equal(typeof said[0], "bigint");
  });

  it("sees the rules for the day from the network’s time, and the description of the API", async () => {
    await page.goto(`${rig.url}/check`);
    await page.waitForSelector("#check-verdict");
    assert.match(await page.$eval("#as-of", (field) => (field as HTMLInputElement).value), /^20\d\d-\d\d-\d\d$/);
    const answer = await page.goto(`${rig.url}/openapi.json`);
    assert.equal(answer?.status(), 200);
    assert.deepEqual(complaints, []);
  });
});
