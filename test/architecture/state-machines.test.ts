import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_EVENTS, RUN_TRANSITIONS } from "../../keeper/src/planner/run-machine.ts";
import { TRANSITIONS } from "../../packages/txm/src/state-machine.ts";

const text = readFileSync(join(import.meta.dirname, "..", "..", "docs", "runs.md"), "utf8");

/** state → event → next state, from the table under a heading. */
function tableUnder(heading: string): Record<string, Record<string, string>> {
  const section = text.split(`## ${heading}`)[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| ([a-z-]+) \| (.*) \|$/gm)].filter(([, state]) => state !== "state");
  return Object.fromEntries(
    rows.map(([, state, edges]) => [
      state as string,
      Object.fromEntries(
        (edges as string).split(", ").flatMap((edge) => (edge.includes(" → ") ? [edge.split(" → ")] : [])),
      ),
    ]),
  );
}

describe("docs/runs.md", () => {
  it("lists every edge of a run and no other", () => {
    assert.deepEqual(tableUnder("Every edge of a run"), RUN_TRANSITIONS);
  });

  it("lists every edge of a transaction and no other", () => {
    assert.deepEqual(tableUnder("Every edge of a transaction"), TRANSITIONS);
  });

  it("explains every event of a run", () => {
    const explained = [...text.matchAll(/^\| ([a-z, ]+) \| /gm)].flatMap(([, names]) => (names as string).split(", "));
    for (const event of RUN_EVENTS) assert.ok(explained.includes(event), event);
  });
});
