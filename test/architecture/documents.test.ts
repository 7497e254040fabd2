import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { blocksOf, commandsIn } from "../guides/document.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const GUIDES = readdirSync(join(ROOT, "docs/guides")).map((name) => `docs/guides/${name}`);
const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/operations/running.md", "docs/solana.md", ...GUIDES];
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const commandsOf = (text: string): string[] =>
  [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) =>
    (block[1] ?? "").split("\n").filter((line) => line.trim() !== ""),
  );

/** What runs a command of a document, other than this test. */
const RUN_ELSEWHERE: Record<string, string> = {
  "npm start": "test/e2e/development-network.test.ts",
  "npm start -- --once": "test/e2e/development-network.test.ts",
  "npm test": "tools/test.ts",
  "npm run check": "tools/test.ts",
  "npm run bench -- firing --json": "test/bench/firing.ts",
  "npm run bench -- gas --json": "test/bench/gas.ts",
  "npm run bench -- compute-units --json": "test/bench/compute-units.ts",
  "npm run bench -- gateway --json": "test/bench/gateway.ts",
  "npm run program -- --check": "tools/check.ts",
  "curl -s http://127.0.0.1:4702/v1/certificates/latest": "test/e2e/development-network.test.ts",
  "curl -s http://127.0.0.1:4702/v1/status": "test/e2e/development-network.test.ts",
  "curl -s http://127.0.0.1:4708/v1/runs?limit=3": "test/e2e/development-network.test.ts",
};

const testOf = (guide: string): string => guide.replace(/^docs\/(.*)\.md$/, "test/$1.test.ts");
const FIRST_STAMP = new Set(commandsIn(blocksOf("README.md", "First stamp")));

const runsElsewhere = (document: string, command: string): string | undefined => {
  if (GUIDES.includes(document)) return testOf(document);
  if (document === "README.md" && FIRST_STAMP.has(command)) return "test/guides/first-stamp.test.ts";
  return RUN_ELSEWHERE[command];
};

describe("documents", () => {
  const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;

  for (const document of DOCUMENTS)
    for (const command of commandsOf(read(document)))
      it(`${document}: ${command}`, function () {
        this.timeout(15_000);
        const script = /^npm (?:run )?(\S+)/.exec(command)?.[1];
        if (script !== undefined) assert.ok(script in scripts, `package.json has no script "${script}"`);
        const elsewhere = runsElsewhere(document, command);
        if (elsewhere !== undefined) return assert.ok(existsSync(join(ROOT, elsewhere)), elsewhere);
        assert.match(command, /^node \S+ --help$/, "either run it here or name what does");
        const { status, stdout, stderr } = spawnSync(process.execPath, command.split(" ").slice(1), {
          cwd: ROOT,
          encoding: "utf8",
        });
        assert.equal(status, 0, stderr);
        assert.ok(stdout.length > 100);
      });

  it("have commands at all", () => assert.ok(DOCUMENTS.flatMap((document) => commandsOf(read(document))).length >= 12));

  it("are run whole where they are guides: each has a test that leaves no command out", () => {
    for (const guide of GUIDES) assert.match(read(testOf(guide)), /deepEqual\(project\.left, \[\]\)/, guide);
  });

  it("name only npm scripts that there are", () => {
    for (const document of DOCUMENTS)
      for (const [, script] of read(document).matchAll(/`npm run ([a-z:]+)/g))
        assert.ok((script as string) in scripts, `${document}: ${script}`);
  });

  it("link only to files that there are", () => {
    let links = 0;
    for (const document of [...DOCUMENTS, "docs/protocol.md"])
      for (const [, target] of read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target as string)) continue;
        links++;
        assert.ok(existsSync(join(ROOT, dirname(document), target as string)), `${document} -> ${target}`);
      }
    assert.ok(links >= 10, `${links} links`);
  });
});
