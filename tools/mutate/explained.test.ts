import assert from "node:assert/strict";
import { compare, explanationsIn, itemOf } from "./explained.ts";
import type { Mutant } from "./mutants.ts";

const mutant = (after: string): Mutant => ({
  file: "contracts/Till.sol",
  line: 8,
  where: "sell",
  kind: "comparison",
  before: "if (paid < price) revert TooLittle(paid);",
  after,
  source: "",
});
const equivalent = mutant("if (paid <= price) revert TooLittle(paid);");
const other = mutant("if (paid < price) {}");

const documented = (...parts: string[]) => ["# Survivors", "", "## contracts/Till.sol", "", ...parts].join("\n");

describe("explanations of survivors", () => {
  it("are read with reasons of several lines", () =>
    assert.deepEqual(
      explanationsIn(documented(itemOf(equivalent), "  Gas only: the price is", "  never paid exactly.")).map(
        ({ file, after, reason }) => [file, after, reason],
      ),
      [[equivalent.file, equivalent.after, "Gas only: the price is never paid exactly."]],
    ));

  it("need a reason", () => {
    const text = documented(itemOf(equivalent), itemOf(other), "  Equivalent.");
    assert.deepEqual(
      explanationsIn(text).map(({ after }) => after),
      [other.after],
    );
  });

  it("cover a survivor wherever it has moved, in its own file only", () => {
    const text = documented(itemOf(equivalent), "  Equivalent.");
    const unexplainedOf = (survivor: Mutant) => compare(text, [survivor], [survivor]).unexplained.length;
    assert.equal(unexplainedOf({ ...equivalent, line: 99 }), 0);
    assert.equal(unexplainedOf({ ...equivalent, file: "contracts/Other.sol" }), 1);
    assert.equal(unexplainedOf({ ...equivalent, where: "refund" }), 1);
    assert.equal(unexplainedOf(other), 1);
  });

  it("are outdated once their mutant is killed, not when it was left out of a sample", () => {
    const text = documented(itemOf(equivalent), "  Equivalent.");
    assert.deepEqual(
      compare(text, [], [equivalent]).outdated.map(({ after }) => after),
      [equivalent.after],
    );
    assert.deepEqual(compare(text, [], [other]).outdated, []);
    assert.deepEqual(compare(text, [equivalent], [equivalent]).outdated, []);
  });
});
