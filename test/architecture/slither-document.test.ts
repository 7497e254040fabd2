import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { answeredIn, differences, findingsOf, type Report } from "../../tools/slither/findings.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const CONTRACT = { type: "contract", name: "Vault" };
const PAY = { type: "function", name: "pay", type_specific_fields: { parent: CONTRACT } };
const SUM = { type: "variable", name: "sum", type_specific_fields: { parent: PAY } };
const CONSTANTS = { ...PAY, name: "slitherConstructorConstantVariables" };
const NODE = { type: "node", name: "a == b", type_specific_fields: { parent: PAY } };

const reportOf = (...detectors: NonNullable<Report["results"]["detectors"]>): Report => ({
  success: true,
  error: null,
  results: { detectors },
});

describe("docs/security/slither.md", () => {
  const text = readFileSync(join(ROOT, "docs/security/slither.md"), "utf8");

  it("says which version and when", () => {
    assert.match(text, /`slither-analyzer==\d+\.\d+\.\d+`/);
    assert.match(text, /\*\*Last compared\*\* on 20\d\d-\d\d-\d\d/);
  });

  it("has an answer in every row", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    assert.ok(rows.length >= 30);
    for (const row of rows) assert.match(row.split("|").at(-2) ?? "", /\w{3,}.*\./, row);
  });
});

describe("the comparison with Slither's findings", () => {
  it("names a finding by its detector and place, whatever the line", () => {
    const found = findingsOf(
      reportOf(
        { check: "timestamp", elements: [PAY, NODE, NODE] },
        { check: "unset", elements: [SUM] },
        { check: "locked-ether", elements: [CONTRACT, PAY] },
        { check: "digits", elements: [CONSTANTS, NODE] },
        { check: "digits", elements: [CONSTANTS, NODE] },
        { check: "odd", elements: [] },
      ),
    );
    assert.deepEqual(Object.fromEntries(found), {
      "timestamp Vault.pay": 2,
      "unset Vault.pay.sum": 1,
      "locked-ether Vault": 1,
      "digits Vault": 2,
      "odd everywhere": 1,
    });
  });

  it("reads the answers from tables under a detector's heading, and nothing else", () => {
    const document = [
      "| `Before.any` | heading |",
      "### `timestamp`",
      "`Vault.prose` is no row.",
      "| place | answer |",
      "|---|---|",
      "| `Vault.pay` × 2, `Vault.take` | As `Vault.other` does. |",
      "## Low",
      "| `Vault.after` | another heading |",
    ].join("\n");
    assert.deepEqual(Object.fromEntries(answeredIn(document)), { "timestamp Vault.pay": 2, "timestamp Vault.take": 1 });
  });

  it("tells what is new, what is gone, and what is found more often", () => {
    const found = new Map([
      ["a New.one", 1],
      ["a Same.one", 2],
      ["a More.one", 3],
    ]);
    const answered = new Map([
      ["a Same.one", 2],
      ["a More.one", 2],
      ["a Gone.one", 1],
    ]);
    assert.deepEqual(differences(found, answered), [
      "a Gone.one: found 0, answered 1",
      "a More.one: found 3, answered 2",
      "a New.one: found 1, answered 0",
    ]);
    assert.deepEqual(differences(found, found), []);
  });

  it("does not take a failure for an empty report", () => {
    assert.throws(() => findingsOf({ success: false, error: "no tree", results: {} }), /Slither failed: no tree/);
  });
});
