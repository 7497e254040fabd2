import { spawn } from "node:child_process";
import { join } from "node:path";

/** `npm run check`: everything that can be known without running the product, all at once. */
const ROOT = join(import.meta.dirname, "..");
const bin = (name: string) => join(ROOT, "node_modules", ".bin", name);

const CHECKS: Record<string, readonly string[]> = {
  types: [bin("tsc"), "--noEmit", "-p", "."],
  "TypeScript and JSON style": [bin("biome"), "check", "--max-diagnostics=40", "."],
  "Solidity format": [
    bin("prettier"),
    "--check",
    "--log-level",
    "warn",
    "contracts/**/*.sol",
    "test/contracts/**/*.sol",
  ],
  "Solidity lint": [bin("solhint"), "contracts/**/*.sol"],
  "generated files": [process.execPath, "tools/generate.ts", "--check"],
  "Solana programs": [process.execPath, "tools/program/main.ts", "--check"],
  vectors: [process.execPath, "tools/vectors.ts", "--check"],
  architecture: [bin("mocha"), "--fail-zero", "--config", "test/architecture/.mocharc.json"],
};

type Outcome = { name: string; code: number; output: string; seconds: number };

function run(name: string, command: readonly string[]): Promise<Outcome> {
  const start = performance.now();
  return new Promise((resolve) => {
    const [file, ...args] = command;
    const child = spawn(file as string, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const end = (code: number) =>
      resolve({ name, code, output, seconds: Math.round((performance.now() - start) / 100) / 10 });
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", (error) => {
      output += error.message;
      end(1);
    });
    child.once("close", (code) => end(code ?? 1));
  });
}

const outcomes = await Promise.all(Object.entries(CHECKS).map(([name, command]) => run(name, command)));
for (const { name, code, output, seconds } of outcomes) {
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.replaceAll(/^/gm, "       "));
}
process.exit(outcomes.every(({ code }) => code === 0) ? 0 : 1);
