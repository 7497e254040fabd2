import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { calculateRoi } from "@chronoledger/compliance";
import { buildPage } from "./build.ts";
import { ROI_FIELDS } from "./roi/fields.ts";

const PAGES = ["home", "verify", "check", "roi"] as const;
/** Of all scripts that a page loads, compressed. */
const SCRIPT_BUDGET_BYTES = 80 * 1024;
const STYLE_BUDGET_BYTES = 6 * 1024;

describe("build of the page", () => {
  const folder = mkdtempSync(join(tmpdir(), "chrono-build-"));
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  /** Addresses under /assets/ that a page names. */
  const assetsOf = (name: string) => [
    ...new Set(Array.from(read(`${name}.html`).matchAll(/"\/(assets\/[^"]+)"/g), ([, path]) => path ?? "")),
  ];

  before(() => buildPage(folder));
  after(() => rmSync(folder, { recursive: true }));

  for (const name of PAGES) {
    it(`gives ${name} all it needs, under names that change with the content`, () => {
      const html = read(`${name}.html`);
      assert.doesNotMatch(html, /\{\{|undefined/);
      assert.match(html, /<html lang="en">/);
      assert.match(html, /aria-current="page"/);
      const assets = assetsOf(name);
      assert.ok(assets.length >= 4);
      for (const asset of assets) {
        assert.match(asset, /^assets\/[a-z]+-[A-Za-z0-9_-]{8}\.(js|css|svg)$/);
        assert.deepEqual(gunzipSync(readFileSync(join(folder, `${asset}.gz`))), readFileSync(join(folder, asset)));
      }
    });

    it(`keeps ${name} small`, () => {
      const size = (ending: string) =>
        assetsOf(name)
          .filter((asset) => asset.endsWith(ending))
          .reduce((sum, asset) => sum + readFileSync(join(folder, `${asset}.gz`)).length, 0);
      assert.ok(size(".js") <= SCRIPT_BUDGET_BYTES, `${size(".js")} bytes of scripts`);
      assert.ok(size(".css") <= STYLE_BUDGET_BYTES, `${size(".css")} bytes of styles`);
    });

    it(`writes no script, style or handler into ${name} itself, which its policy would refuse`, () => {
      const html = read(`${name}.html`);
      assert.doesNotMatch(html, /<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=|https?:/);
    });

    it(`labels every field of ${name}`, () => {
      const html = read(`${name}.html`);
      const labels = new Set(Array.from(html.matchAll(/<label for="([^"]+)"/g), ([, id]) => id));
      for (const [, id] of html.matchAll(/<(?:input|textarea|select)[^>]* id="([^"]+)"/g))
        assert.ok(labels.has(id), `${id} has no label`);
    });
  }

  it("gives the same names to the same content, and no source maps", async () => {
    const names = readdirSync(join(folder, "assets"));
    await buildPage(folder);
    assert.deepEqual(readdirSync(join(folder, "assets")), names);
    for (const name of names.filter((each) => each.endsWith(".js")))
      assert.doesNotMatch(read(join("assets", name)), /sourceMappingURL/);
  });

  it("names what the cost comparison names", () => {
    const { assumptions } = calculateRoi({
      years: 1,
      tier: "enterprise",
      stampsPerYear: 0,
      regulatedStampsPerYear: 0,
      systems: 1,
    });
    const named = assumptions.filter(({ source }) => source !== "price list").map(({ name }) => name);
    assert.deepEqual(ROI_FIELDS.map(({ name }) => name).toSorted(), named.toSorted());
  });

  it("has a command, which says how it is used", () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], { encoding: "utf8" });
    const help = run("--help");
    assert.equal(help.status, 0);
    assert.match(help.stdout, /OUT_DIR[\s\S]*GATEWAY_PAGE_DIR/);
    assert.equal(run().status, 2);
    assert.equal(run("a", "b").status, 2);
    assert.equal(run("--wrong").status, 2);
    const out = mkdtempSync(join(folder, "out-"));
    assert.equal(run(out).status, 0);
    assert.deepEqual(readdirSync(out), ["assets", "check.html", "home.html", "roi.html", "verify.html"]);
  });
});
