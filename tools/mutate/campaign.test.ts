import assert from "node:assert/strict";
import { join } from "node:path";
import { Campaign, mutantsIn, openProject, type Tried } from "./campaign.ts";
import type { Mutant } from "./mutants.ts";
import type { Project } from "./project.ts";
import { table } from "./report.ts";
import { Results } from "./results.ts";
import { makeSampleProject } from "./sample-project.ts";

/** Mutated lines of the sample, one for each fate. */
const TRIED = [
  "if (paid >= 10) revert TooLittle(paid);",
  "if (paid <= 10) revert TooLittle(paid);",
  "left = paid + 10;",
  "sales = 1;",
  "i += 1;",
  "if (paid > type(uint256).max) return (1 + 1);",
];

describe("a campaign", function () {
  // A build, and a process for each worker.
  this.timeout(180_000);
  const sample = makeSampleProject();
  const results = () => new Results(join(sample.root, "results.jsonl"));
  /** With two processor seconds for what loops for ever. */
  const campaign = () => new Campaign(sample.root, project, results(), 2);
  let project: Project;
  let mutants: Mutant[];
  let tried: Tried[];

  before(async () => {
    project = await openProject(sample.root);
    mutants = mutantsIn(project).filter(({ after }) => TRIED.includes(after));
    tried = await campaign().run(mutants, 1, () => {});
  });
  after(() => sample.remove());

  const outcomeOf = (after: string) => {
    const found = tried.find(({ mutant }) => mutant.after === after);
    assert.ok(found, `no mutant "${after}"`);
    const { seconds: _, ...outcome } = found.outcome;
    return outcome;
  };
  const by = "test/contracts/Till.t.sol";

  it("reports a mutant that a test fails on as killed, and by which", () =>
    assert.deepEqual(outcomeOf("if (paid >= 10) revert TooLittle(paid);"), { status: "killed", by }));

  it("reports a mutant that no test fails on as a survivor", () =>
    assert.deepEqual(outcomeOf("sales = 1;"), { status: "survived" }));

  it("runs tests that need optimized code on what the others let live", () =>
    assert.deepEqual(outcomeOf("if (paid <= 10) revert TooLittle(paid);"), {
      status: "killed",
      by: "test/contracts/Size.t.sol",
    }));

  it("compiles the contracts that a mutated library is part of", () =>
    assert.deepEqual(outcomeOf("left = paid + 10;"), { status: "killed", by }));

  it("ends a mutant that loops for ever", () =>
    assert.deepEqual(outcomeOf("i += 1;"), { status: "killed", by, stuck: true }));

  it("calls a mutant equivalent when the optimizer makes the same code of it", () =>
    assert.deepEqual(outcomeOf("if (paid > type(uint256).max) return (1 + 1);"), { status: "equivalent" }));

  it("goes on from what an earlier run found", async () => {
    let remembered = 0;
    const again = await campaign().run(mutants, 1, (_, known) => {
      if (known) remembered++;
    });
    assert.equal(remembered, mutants.length);
    assert.deepEqual(again, tried);
  });

  it("counts what became of them, by file", () =>
    assert.match(table(tried), /contracts\/Till\.sol +3 +2 +1 +0 +0 +0 +66\.7 %/));
});
