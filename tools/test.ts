import { spawn } from "node:child_process";
import { join } from "node:path";

/** `npm test`: every stage in turn, stops at none, and ends with one line of totals. `npm test -- unit` runs one stage. */
const ROOT = join(import.meta.dirname, "..");
const bin = (name: string) => join(ROOT, "node_modules", ".bin", name);

/** Tests start the services some sixty times: compiled code is kept between them. */
const CACHE = join(ROOT, "node_modules", ".cache", "node");

const STAGES: Record<string, readonly (readonly string[])[]> = {
  check: [[process.execPath, "tools/check.ts"]],
  contracts: [
    // The pattern excludes nothing; with one, a clean run does not list every snapshot as new.
    [bin("hardhat"), "test", "solidity", "--snapshot-check", "--grep-exclude", "^$"],
    [bin("hardhat"), "test", "mocha"],
  ],
  svm: [[bin("mocha"), "--fail-zero", "--parallel", "--jobs", "2", "--config", "test/svm/.mocharc.json"]],
  // Two files at a time: most wait for blocks, not for the processor.
  unit: [[bin("mocha"), "--fail-zero", "--parallel", "--jobs", "2", "--config", ".mocharc.json"]],
  e2e: [[bin("mocha"), "--fail-zero", "--config", "test/e2e/.mocharc.json"]],
  guides: [[bin("mocha"), "--fail-zero", "--config", "test/guides/.mocharc.json"]],
};

const totals = { passed: 0, failed: 0 };
const faults: string[] = [];

/** Both runners print "N passing" and "N failing" (or "N failed"). */
function count(output: string): { passed: number; failed: number } {
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const sum = (pattern: RegExp) => [...plain.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  return { passed: sum(/^\s*(\d+) passing\b/gm), failed: sum(/^\s*(\d+) failing\b/gm) };
}

function run(command: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const [file, ...args] = command;
    const child = spawn(file as string, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: CACHE, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
    });
    let output = "";
    const take = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
      output += chunk.toString();
      to.write(chunk);
    };
    child.stdout.on("data", take(process.stdout));
    child.stderr.on("data", take(process.stderr));
    child.once("error", (error) => resolve({ code: 1, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(", ")}. Stages: ${Object.keys(STAGES).join(", ")}`);
  process.exit(1);
}
for (const [name, commands] of Object.entries(STAGES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const command of commands) {
    const start = performance.now();
    console.log(
      `\n== ${name}: ${command
        .slice(0, 4)
        .map((part) => part.replace(`${ROOT}/`, "").replace(process.execPath, "node"))
        .join(" ")}`,
    );
    const { code, output } = await run(command);
    const counted = count(output);
    totals.passed += counted.passed;
    totals.failed += counted.failed;
    // A stage without tests of its own counts as one; a runner that broke before it counted must not look green.
    if (counted.passed + counted.failed === 0) totals[code === 0 ? "passed" : "failed"]++;
    else if (code !== 0 && counted.failed === 0) totals.failed++;
    if (code !== 0) faults.push(name);
    console.log(
      `== ${name}: ${code === 0 ? "ok" : "FAILED"} in ${Math.round((performance.now() - start) / 100) / 10} s`,
    );
  }
}
if (faults.length > 0) console.log(`\nfailed: ${[...new Set(faults)].join(", ")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(faults.length === 0 && totals.failed === 0 ? 0 : 1);
