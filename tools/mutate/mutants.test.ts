import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Compiler } from "./compiler.ts";
import { type Mutant, mutantsOf, sample } from "./mutants.ts";

const FILE = "Sample.sol";

describe("mutants", () => {
  const folder = mkdtempSync(join(tmpdir(), "mutate-sample-"));
  const compiler = new Compiler(folder, () => ({}));
  after(() => rmSync(folder, { recursive: true }));

  function mutantsOfText(text: string): Mutant[] {
    writeFileSync(join(folder, FILE), text);
    const tree = compiler.trees([FILE]).get(FILE);
    assert.ok(tree);
    return mutantsOf(FILE, text, tree);
  }

  /** The line of a function that holds `code`, as each of its mutants has it. */
  function linesFor(code: string, returned = ""): string[] {
    const text = `pragma solidity ^0.8.31;
contract Sample {
  error Wrong();
  event Said();
  uint256 x;
  modifier guarded() { _; }
  function act(uint256 a, int256 s, bool b, bool c) external ${returned} {
    ${code}
  }
}`;
    return mutantsOfText(text)
      .filter(({ line }) => line === 8)
      .map(({ after }) => after);
  }

  const cases: readonly (readonly [what: string, code: string, lines: readonly string[], returned?: string])[] = [
    [
      "moves the bound of a comparison and turns it round; removes what it guards",
      "if (a < x) revert Wrong();",
      ["if (a <= x) revert Wrong();", "if (a >= x) revert Wrong();", "if (a < x) {}"],
    ],
    ["inverts an equality", "b = a == x;", ["{}", "b = a != x;"]],
    ["swaps arithmetic", "x = a + x;", ["{}", "x = a - x;"]],
    ["looks past a comment for an operator", "x = a /* + */ << x;", ["{}", "x = a /* + */ >> x;"]],
    ["swaps a compound assignment, and makes it a plain one", "x |= a;", ["{}", "x &= a;", "x = a;"]],
    ["counts the other way", "++x;", ["{}", "--x;"]],
    ["leaves out a complement", "x = ~a;", ["{}", "x = a;"]],
    ["leaves out either side of a conjunction", "b = b && c;", ["{}", "b = b || c;", "b = b;", "b = c;"]],
    ["leaves out a negation", "if (!b) revert Wrong();", ["if (b) revert Wrong();", "if (!b) {}"]],
    [
      "decides a branch that is no guard",
      "if (b) x = a;",
      ["if (!(b)) x = a;", "if (true) x = a;", "if (false) x = a;", "if (b) {}"],
    ],
    ["negates the condition of a choice", "x = b ? a : x;", ["{}", "x = !(b) ? a : x;"]],
    ["negates a requirement", "require(b);", ["{}", "require(!(b));"]],
    ["removes an event", "emit Said();", ["{}"]],
    ["removes a deletion", "delete x;", ["{}"]],
    ["raises a number and makes it zero", "x = 0x40;", ["{}", "x = (0x40 + 1);", "x = 0;"]],
    ["makes zero one", "x = 0;", ["{}", "x = 1;"]],
    ["flips a truth value", "b = true;", ["{}", "b = false;"]],
    ["removes or negates what is returned", "return b;", ["{}", "return !(b);"], "returns (bool)"],
    [
      "lets the steps of a loop be",
      "for (uint256 i = 0; i < a; ++i) x = i;",
      [
        "for (uint256 i = 0; i <= a; ++i) x = i;",
        "for (uint256 i = 0; i >= a; ++i) x = i;",
        "for (uint256 i = 1; i < a; ++i) x = i;",
        "for (uint256 i = 0; i < a; ++i) {}",
      ],
    ],
    [
      "compares otherwise in assembly",
      "assembly { if lt(a, s) { sstore(0, a) } }",
      [
        "assembly { if iszero(lt(a, s)) { sstore(0, a) } }",
        "assembly { if gt(a, s) { sstore(0, a) } }",
        "assembly { if iszero(gt(a, s)) { sstore(0, a) } }",
        "assembly { if lt(a, s) { { } } }",
        "assembly { if lt(a, s) { sstore(1, a) } }",
      ],
    ],
    [
      "swaps arithmetic and shifts in assembly",
      "assembly { s := add(a, shl(b, c)) }",
      ["assembly { { } }", "assembly { s := sub(a, shl(b, c)) }", "assembly { s := add(a, shr(b, c)) }"],
    ],
    [
      "leaves out an iszero and changes constants in assembly",
      "assembly { tstore(0x20, iszero(a)) }",
      [
        "assembly { { } }",
        "assembly { tstore(33, iszero(a)) }",
        "assembly { tstore(0, iszero(a)) }",
        "assembly { tstore(0x20, a) }",
      ],
    ],
  ];
  for (const [what, code, lines, returned] of cases)
    it(what, () => assert.deepEqual(linesFor(code, returned).sort(), [...lines].sort()));

  it("removes a modifier, not the call of a base's constructor", () => {
    const text = `pragma solidity ^0.8.31;
contract Base { constructor(uint256) {} }
contract Sample is Base {
  constructor(uint256 a) Base(a) {}
  modifier guarded() { _; }
  function act() external guarded {}
}`;
    assert.deepEqual(
      mutantsOfText(text).map(({ line, where, kind, after }) => ({ line, where, kind, after })),
      [{ line: 6, where: "act", kind: "modifier", after: "function act() external {}" }],
    );
  });

  it("counts bytes, not characters", () => {
    const text = "pragma solidity ^0.8.31;\n// größer – ≥\nuint256 constant LEAST = 7; // ≥ 1\n";
    assert.deepEqual(
      mutantsOfText(text).map(({ after, source }) => [after, source.split("\n")[1]]),
      [
        ["uint256 constant LEAST = (7 + 1); // ≥ 1", "// größer – ≥"],
        ["uint256 constant LEAST = 0; // ≥ 1", "// größer – ≥"],
      ],
    );
  });

  it("are sampled alike for one seed, and otherwise for another", () => {
    const all = Array.from({ length: 100 }, (_, index) => index);
    const chosen = sample(all, 10, 1);
    assert.equal(new Set(chosen).size, 10);
    assert.deepEqual(sample(all, 10, 1), chosen);
    assert.notDeepEqual(sample(all, 10, 2), chosen);
    assert.deepEqual(
      [...chosen].sort((a, b) => a - b),
      chosen,
    );
  });
});
