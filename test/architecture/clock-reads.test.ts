import assert from "node:assert/strict";
import { CLOCK_MODULE, clockReads } from "./clock-reads.ts";
import { filesEndingIn, isTest } from "./project-files.ts";

const sources = filesEndingIn(".ts").filter(
  ({ path }) => /^(packages|oracle|keeper|deploy|app)\//.test(path) && !isTest(path),
);
const readsIn = (text: string) => clockReads({ path: "a.ts", text }).length;

describe("clock", () => {
  it("the sources were examined, and the clock module was seen to read", () => {
    assert.ok(sources.length > 60);
    const module = sources.find(({ path }) => path === CLOCK_MODULE) ?? assert.fail("no clock module");
    assert.ok(clockReads(module).length >= 3);
  });

  it("no other source reads a clock", () => {
    assert.deepEqual(sources.filter(({ path }) => path !== CLOCK_MODULE).flatMap(clockReads), []);
  });

  for (const text of [
    "const t = Date.now();",
    "const t = new Date();",
    "const t = new Date;",
    "const t = Date();",
    "const now = Date.now; now();",
    "const { now } = Date;",
    "const D = Date;",
    "f(Date);",
    "const t = globalThis.Date.now();",
    "const t = performance.now();",
    "const t = performance.timeOrigin;",
    "const t = globalThis.performance.now();",
    "const { now } = performance;",
    "const t = process.hrtime();",
    "const t = process.hrtime.bigint();",
    "const { hrtime } = process;",
    `import { hrtime } from "node:process";`,
    `import { monitorEventLoopDelay } from "node:perf_hooks";`,
  ])
    it(`finds ${text}`, () => assert.ok(readsIn(text) >= 1));

  it("lets conversions, types, comments and texts pass", () => {
    const text = `
      // Date.now() in a comment
      const a = new Date(5).toISOString(); const b = Date.UTC(2026, 0); const c = Date.parse("x");
      type T = { date: Date; performance: number }; const d = x instanceof Date; const e = "Date.now()";
      const f = { performance: 1, Date: 2 }; const g = row.performance; function h(when: Date): Date { return when; }`;
    assert.equal(readsIn(text), 0);
  });
});
