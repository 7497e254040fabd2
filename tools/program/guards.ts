import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ARTIFACTS, ROOT } from "./sources.ts";

const HELP = `SBF_TOOLCHAIN=<folder> node tools/program/guards.ts [--only TEXT]

Removes each guard of the Solana program in turn (a require! or what ends in an error), builds it, and runs test/svm, except the
test of the books. Prints the guards without which no test fails; exits 1 when there is one. About half a minute a guard.`;

const { values } = parseArgs({ options: { only: { type: "string" }, help: { type: "boolean" } } });
const toolchain = process.env.SBF_TOOLCHAIN;
if (values.help || toolchain === undefined) {
  console.log(HELP);
  process.exit(values.help ? 0 : 1);
}

type Guard = {
  readonly file: string;
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
};

const SOURCES = "chronoledger/src";
const work = mkdtempSync(join(tmpdir(), "chrono-guards-"));
const programs = join(work, "programs");
const built = join(work, "built");
cpSync(join(ROOT, "programs"), programs, { recursive: true, filter: (from) => !/\/(built|target)$/.test(from) });
cpSync(join(ROOT, ARTIFACTS), built, { recursive: true });
const survivors: string[] = [];
try {
  const guards = globSync(`${SOURCES}/**/*.rs`, { cwd: programs })
    .sort()
    .flatMap(guardsOf)
    .filter(({ file, text }) => values.only === undefined || `${file} ${text}`.includes(values.only));
  for (const [i, guard] of guards.entries()) {
    const outcome = tryWithout(guard);
    if (outcome === "survived") survivors.push(`${guard.file}:${guard.line} ${guard.text}`);
    console.log(`${i + 1}/${guards.length} ${outcome} ${guard.file}:${guard.line} ${guard.text}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(
  survivors.length === 0 ? "without each of them, a test fails" : `\nno test fails without:\n${survivors.join("\n")}`,
);
process.exit(survivors.length === 0 ? 0 : 1);

/** Statements that are macros of the require family, over as many lines as they have, and the constraints of accounts. */
function guardsOf(file: string): Guard[] {
  const text = readFileSync(join(programs, file), "utf8");
  const found = [
    ...text.matchAll(/^[ \t]*require(?:_\w+)?!\([\s\S]*?\);\n/gm),
    ...text.matchAll(/,?\s*has_one = \w+ @ ChronoError::\w+/g),
    ...text.matchAll(/constraint = [\s\S]*?@ ChronoError::\w+,?/g),
  ];
  // Invariants are second guards of what other guards keep: nothing gets as far as them.
  const guards = found.filter(([guard]) => !guard.includes("ChronoError::Invariant"));
  return guards.map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length + (match[0].startsWith("\n") ? 1 : 0),
    from: match.index,
    to: match.index + match[0].length,
    text: match[0].replace(/\s+/g, " ").trim().slice(0, 90),
  }));
}

function tryWithout({ file, from, to }: Guard): "noticed" | "survived" | "does not build" {
  const path = join(programs, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.slice(0, from) + text.slice(to));
  try {
    const target = process.env.GUARDS_TARGET_DIR ?? join(work, "target");
    const build = spawnSync(
      join(toolchain as string, "build-program"),
      [join(programs, "chronoledger"), join(built, "chronoledger.so")],
      { env: { ...process.env, SBF_TARGET_DIR: target }, encoding: "utf8" },
    );
    if (build.status !== 0) return "does not build";
    const tests = spawnSync(
      join(ROOT, "node_modules/.bin/mocha"),
      ["--config", "test/svm/.mocharc.json", "--bail", "--ignore", "test/svm/{books,compute-units}.test.ts"],
      { cwd: ROOT, env: { ...process.env, CHRONO_PROGRAMS: built }, encoding: "utf8" },
    );
    return tests.status === 0 ? "survived" : "noticed";
  } finally {
    writeFileSync(path, text);
  }
}
