import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildInfo } from "./compile.ts";
import { answeredIn, differences, type Findings, findingsOf, type Report } from "./findings.ts";

/**
 * `npm run slither`: Slither's findings beside their answers; fails when one is new, or gone. Slither is a Python program and no
 * dependency of this repository: SLITHER may say where it is.
 */
const ROOT = join(import.meta.dirname, "../..");
const DOCUMENT = "docs/security/slither.md";
const SLITHER = process.env.SLITHER ?? "slither";

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}

const document = readFileSync(join(ROOT, DOCUMENT), "utf8");
const wanted = /slither-analyzer==([\d.]+)/.exec(document)?.[1] ?? fail(`${DOCUMENT} names no version of Slither`);

/** Another version has other detectors. */
function checkVersion(): void {
  const { error, stdout } = spawnSync(SLITHER, ["--version"], { encoding: "utf8" });
  const install = `python3 -m pip install slither-analyzer==${wanted}`;
  if (error !== undefined) fail(`${SLITHER} does not run (${error.message}). To install it: ${install}`);
  if (stdout.trim() !== wanted) fail(`Slither ${stdout.trim()}, but the answers are to ${wanted}: ${install}`);
}

function analyse(): Findings {
  const folder = mkdtempSync(join(tmpdir(), "slither-"));
  try {
    mkdirSync(join(folder, "build-info"));
    writeFileSync(join(folder, "build-info", "contracts.json"), buildInfo(ROOT));
    const report = join(folder, "report.json");
    const source = ["--ignore-compile", "--hardhat-artifacts-directory", folder, "--exclude-dependencies"];
    const options = { cwd: ROOT, encoding: "utf8" } as const;
    const { status, stderr } = spawnSync(SLITHER, [".", ...source, "--fail-none", "--json", report], options);
    if (status !== 0) throw new Error(stderr);
    return findingsOf(JSON.parse(readFileSync(report, "utf8")) as Report);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

checkVersion();
const found = analyse();
const changed = differences(found, answeredIn(document));
for (const line of changed) console.error(line);
console.log(`Slither ${wanted}: findings at ${found.size} places, ${changed.length} not as ${DOCUMENT} has them`);
process.exit(changed.length === 0 && found.size > 0 ? 0 : 1);
