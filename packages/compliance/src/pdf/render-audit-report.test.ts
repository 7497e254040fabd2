import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { bytesToHex, equalBytes } from "@chronoledger/core";
import type { AuditReport } from "../report/audit-report.ts";
import { buildAuditReport } from "../report/build-audit-report.ts";
import { auditReportImprint } from "../report/canonical-json.ts";
import { type SampleOptions, sampleReportInput } from "../report/sample-report.ts";
import { renderAuditReportPdf } from "./index.ts";
import { printable } from "./printed-values.ts";

type Page = { readonly text: string; readonly places: readonly (readonly [number, number])[] };

/** The words of each page and where they stand, from the content streams. */
function pagesOf(pdf: Uint8Array): Page[] {
  const raw = Buffer.from(pdf);
  const pages: Page[] = [];
  for (let at = raw.indexOf("stream\n"); at >= 0; at = raw.indexOf("stream\n", at + 7)) {
    if (raw.subarray(at - 3, at).toString() === "end") continue;
    const end = raw.indexOf("\nendstream", at);
    const content = inflateSync(raw.subarray(at + 7, end)).toString("latin1");
    if (!content.includes(" Tm")) continue;
    const text = [...content.matchAll(/\[(.*?)\] TJ/g)].map(([, parts = ""]) =>
      [...parts.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = ""]) => Buffer.from(hex, "hex").toString("latin1")).join(""),
    );
    const places = [...content.matchAll(/1 0 0 1 (-?[\d.]+) (-?[\d.]+) Tm/g)].map(
      ([, x, y]) => [Number(x), Number(y)] as const,
    );
    pages.push({ text: text.join("\n"), places });
  }
  return pages;
}
const render = async (options: SampleOptions, change: Partial<AuditReport> = {}) => {
  const report = { ...buildAuditReport(sampleReportInput(options)), ...change };
  return { report, pages: pagesOf(await renderAuditReportPdf(report)) };
};

describe("audit report as PDF", () => {
  for (const [name, options] of [
    ["an empty period", { days: 3, empty: true }],
    ["one excursion and a gap", { days: 5, excursions: 1, gap: true, proofs: true }],
    ["300 excursions", { days: 31, nodes: 2, excursions: 300, stamps: 400 }],
    ["a test network", { days: 3, test: true }],
  ] as const)
    it(`of ${name} numbers its pages, prints the imprint on each, and keeps all text on the paper`, async () => {
      const { report, pages } = await render(options);
      const imprint = bytesToHex(auditReportImprint(report));
      for (const [index, { text, places }] of pages.entries()) {
        assert.ok(text.includes(`Page ${index + 1} of ${pages.length}`), `page ${index + 1}`);
        assert.ok(text.includes(imprint) && text.includes(report.reportId));
        assert.equal(text.includes("TEST"), report.test);
        for (const [x, y] of places)
          assert.ok(x >= 49 && x < 546 && y > 20 && y < 842, `${x}, ${y} on page ${index + 1}`);
      }
    });

  it("repeats the head of a long table on each of its pages, and prints every excursion", async () => {
    const { report, pages } = await render({ days: 31, nodes: 2, excursions: 300, stamps: 400 });
    const withRows = pages.filter(({ text }) => text.includes("Action on record"));
    assert.ok(withRows.length > 5);
    const all = pages.map(({ text }) => text).join("\n");
    assert.equal(report.excursions.length, 300);
    assert.ok([...all.matchAll(/^none$/gm)].length >= 299);
    assert.match(all, /300 of 400 rows are printed/);
  });

  it("says in its first lines that a test report is no evidence, before the verdict", async () => {
    const { pages } = await render({ days: 3, test: true });
    const text = pages[0]?.text ?? "";
    assert.ok(
      text.indexOf("TEST: this report is no evidence for a regulator") < text.indexOf("No evidence of compliance"),
    );
    assert.equal(
      pages.some((page) => page.text.includes("UTC(CHRONO)")),
      true,
    );
  });

  it("is the same to the byte for the same report, and another for another", async () => {
    const report = buildAuditReport(sampleReportInput({ days: 2, excursions: 1 }));
    const first = await renderAuditReportPdf(report);
    assert.ok(equalBytes(first, await renderAuditReportPdf(report)));
    assert.ok(!equalBytes(first, await renderAuditReportPdf({ ...report, account: "acc_other" })));
    assert.equal(Buffer.from(first.subarray(0, 5)).toString(), "%PDF-");
  });

  it("prints the proof of the report, and refuses that of another", async () => {
    const report = buildAuditReport(sampleReportInput({ days: 2 }));
    const proof = {
      proofId: "prf_77",
      imprint: auditReportImprint(report),
      sequence: 9n,
      existedBeforeUtcNs: report.createdUtcNs,
      test: false,
    };
    const text = pagesOf(await renderAuditReportPdf(report, proof))
      .map((page) => page.text)
      .join("\n");
    assert.match(text, /Proof prf_77, certificate 9: the report existed before/);
    await assert.rejects(renderAuditReportPdf({ ...report, account: "other" }, proof), /proof\/context/);
    assert.match((await render({ days: 2 })).pages.map((page) => page.text).join("\n"), /not stamped yet/);
  });

  it("stands long words and letters that the standard fonts do not have", async () => {
    assert.equal(printable("Łódź – café €"), "?ód? – café €");
    const { pages } = await render({ days: 2 }, { organisation: "W".repeat(200), account: "x".repeat(100) });
    for (const { places } of pages) for (const [x] of places) assert.ok(x < 546);
  });
});
