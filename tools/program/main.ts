import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bindingSource } from "./binding.ts";
import { ARTIFACTS, PROGRAMS, ROOT, SOURCE_DIGEST_FILE, sourceDigest } from "./sources.ts";

const HELP = `npm run program -- [--check]

Builds the Solana programs and their IDLs into programs/built, writes the digest of the sources beside them, and the
TypeScript bindings.

With SBF_TOOLCHAIN=<folder> its build-program and build-idl are used; else "anchor build", which needs Solana's toolchain.
--check builds nothing: it fails when the sources, or the bindings, are not those of the committed programs.`;

const BINDING_FILE = "packages/bindings/src/solana/generated/chronoledger-program.ts";

function build(): void {
  mkdirSync(join(ROOT, ARTIFACTS), { recursive: true });
  const toolchain = process.env.SBF_TOOLCHAIN;
  if (toolchain === undefined) buildWithAnchor();
  else buildWith(toolchain);
  writeFileSync(join(ROOT, SOURCE_DIGEST_FILE), `${sourceDigest()}\n`);
  writeFileSync(join(ROOT, BINDING_FILE), binding());
  console.log(`built ${PROGRAMS.map(fileNameOf).join(", ")} into ${ARTIFACTS}`);
}

function buildWithAnchor(): void {
  const workspace = join(ROOT, "programs");
  run("anchor", ["build"], workspace);
  for (const name of PROGRAMS.map(fileNameOf)) {
    copyFileSync(join(workspace, `target/deploy/${name}.so`), join(ROOT, ARTIFACTS, `${name}.so`));
    copyFileSync(join(workspace, `target/idl/${name}.json`), join(ROOT, ARTIFACTS, `${name}.json`));
  }
}

function buildWith(toolchain: string): void {
  const target = mkdtempSync(join(tmpdir(), "chrono-program-"));
  const environment = {
    SBF_TARGET_DIR: process.env.SBF_TARGET_DIR ?? join(target, "sbf"),
    SBF_IDL_TARGET_DIR: process.env.SBF_IDL_TARGET_DIR ?? join(target, "idl"),
  };
  try {
    for (const program of PROGRAMS) {
      const crate = join(ROOT, "programs", program);
      const to = join(ROOT, ARTIFACTS, fileNameOf(program));
      run(join(toolchain, "build-program"), [crate, `${to}.so`, "--", "--locked"], ROOT, environment);
      run(join(toolchain, "build-idl"), [crate, `${to}.json`], ROOT, environment);
    }
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string, environment: Record<string, string> = {}): void {
  console.log(`${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  if (status === 0) return;
  console.error(error === undefined ? `${command} failed` : `${command} cannot be run: ${error.message}\n\n${HELP}`);
  process.exit(1);
}

function check(): void {
  const digestFile = join(ROOT, SOURCE_DIGEST_FILE);
  const built = existsSync(digestFile) ? readFileSync(digestFile, "utf8").trim() : "none";
  const faults: string[] = [];
  if (built !== sourceDigest()) faults.push("the programs' sources have changed since programs/built was built");
  else if (readFileSync(join(ROOT, BINDING_FILE), "utf8") !== binding()) faults.push(`${BINDING_FILE} is stale`);
  for (const fault of faults) console.error(`${fault}: run "npm run program"`);
  process.exit(faults.length === 0 ? 0 : 1);
}

function binding(): string {
  return bindingSource(readFileSync(join(ROOT, ARTIFACTS, "chronoledger.json"), "utf8"));
}

/** Cargo names the built files so. */
function fileNameOf(program: string): string {
  return program.replaceAll("-", "_");
}

const { values } = parseArgs({ options: { check: { type: "boolean" }, help: { type: "boolean" } } });
if (values.help) console.log(HELP);
else if (values.check) check();
else build();
