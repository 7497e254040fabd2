import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(import.meta.dirname, "../../..");
const CONSUMER = join(ROOT, "test/support/consumer");
const HARDHAT = join(ROOT, "node_modules/hardhat");
const SOLC = process.env.SOLC ?? fileURLToPath(import.meta.resolve("solc/soljson.js"));

/** What the consumer writes: an example with its test, and the one that the package's own page shows. */
const [sale, saleTest] = [
  ...readFileSync(join(ROOT, "contracts/README.md"), "utf8").matchAll(/```solidity\n([\s\S]*?)```/g),
].map((block) => block[1] ?? "");
const SOLIDITY: Record<string, string> = {
  "contracts/TicketSale.sol": readFileSync(join(CONSUMER, "TicketSale.sol"), "utf8"),
  "test/TicketSale.t.sol": readFileSync(join(CONSUMER, "TicketSale.t.sol"), "utf8"),
  "contracts/Sale.sol": sale ?? "",
  "test/Sale.t.sol": saleTest ?? "",
};

/** Where a project of either kind keeps things. */
type Layout = {
  readonly sources: string;
  readonly packageAt: string;
  readonly remappings: string;
  readonly evmVersion?: string;
};
const LAYOUTS: Record<string, Layout> = {
  "a Hardhat project": { sources: "contracts", packageAt: "node_modules/@chronoledger/contracts", remappings: "" },
  "a project laid out for Foundry": {
    sources: "src",
    packageAt: "lib/chronoledger-contracts",
    remappings: "@chronoledger/contracts/=lib/chronoledger-contracts/\n",
    // The oldest rules that the package promises to compile for.
    evmVersion: "paris",
  },
};

/** Hardhat hands its own options on by the environment; they are not meant for a run inside of it. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HARDHAT_")));

function run(folder: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...env, FORCE_COLOR: "0" },
  });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${error?.message ?? ""}${stdout}${stderr}`);
  return stdout;
}

/** Compiler settings are the defaults, neither the optimizer nor viaIR, but for the rules. */
const configOf = ({ sources, evmVersion }: Layout): string => `import { defineConfig } from "hardhat/config";

export default defineConfig({
  solidity: { version: "0.8.37", path: ${JSON.stringify(SOLC)}, settings: ${JSON.stringify({ evmVersion })} },
  paths: { sources: ${JSON.stringify(sources)}, tests: { solidity: "test" } },
});
`;

function makeProject(folder: string, layout: Layout, archive: string): void {
  const at = (path: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  mkdirSync(at(layout.packageAt), { recursive: true });
  run(folder, "tar", "-xzf", archive, "--strip-components=1", "-C", join(folder, layout.packageAt));
  symlinkSync(HARDHAT, at("node_modules/hardhat"), "junction");
  writeFileSync(at("package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  writeFileSync(at("hardhat.config.ts"), configOf(layout));
  if (layout.remappings !== "") writeFileSync(at("remappings.txt"), layout.remappings);
  for (const [path, text] of Object.entries(SOLIDITY))
    writeFileSync(
      at(path.replace(/^contracts/, layout.sources)),
      text.replaceAll('"../contracts/', `"../${layout.sources}/`),
    );
}

describe("the package @chronoledger/contracts", function () {
  this.timeout(120_000);
  const tests = Object.values(SOLIDITY)
    .join("")
    .match(/function test_/g)?.length;
  let folder: string;
  let archive: string;
  let files: readonly string[];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-package-"));
    const packed = run(folder, "npm", "pack", "--json", "--ignore-scripts", "--offline", join(ROOT, "contracts"));
    const [made] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    archive = join(folder, made.filename);
    files = made.files.map(({ path }) => path);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds what a consumer imports, and no mock or example", () => {
    for (const path of [
      "ChronoLedger.sol",
      "interfaces/IChronoOracle.sol",
      "testing/LocalTime.sol",
      "README.md",
      "LICENSE",
    ])
      assert.ok(files.includes(path), path);
    const foreign = files.filter(
      (path) =>
        !/^((interfaces|libraries|periphery|testing|types)\/.*)?\w+\.sol$|^(README\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    );
    assert.deepEqual(foreign, []);
  });

  for (const [name, layout] of Object.entries(LAYOUTS))
    it(`compiles in ${name}, whose tests pass by the real verification`, () => {
      const project = join(folder, layout.sources);
      mkdirSync(project);
      makeProject(project, layout, archive);
      const output = run(project, process.execPath, join(HARDHAT, "dist/src/cli.js"), "test", "solidity");
      assert.match(output, new RegExp(`^\\s*${tests} passing`, "m"), output);
    });
});
