import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm, so nothing is downloaded when building. SOLC may name a native one, which is quicker.
const solc = {
  version: "0.8.37",
  path: process.env.SOLC ?? fileURLToPath(import.meta.resolve("solc/soljson.js")),
  settings: {
    evmVersion: "osaka",
    viaIR: true,
    optimizer: { enabled: true, runs: 1_000_000 },
    // Without the source hash a comment never moves a deterministic address.
    metadata: { bytecodeHash: "none" },
  },
};

// Solidity tests deploy the artifacts of the contracts, so their own code may be compiled the quick way.
const quick = { ...solc, settings: { evmVersion: "osaka" } };
const tests = readdirSync(join(import.meta.dirname, "test/contracts"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".sol"))
  .map((path) => `test/contracts/${path.replaceAll("\\", "/")}`);
const overrides = Object.fromEntries(tests.map((path) => [path, quick]));

export default defineConfig({
  plugins: [hardhatMocha, hardhatViem],
  solidity: {
    // Both named: a derived production profile keeps version and path but drops the settings.
    profiles: {
      default: { compilers: [solc], overrides },
      production: { isolated: false, compilers: [solc], overrides },
    },
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  paths: { tests: { solidity: "test/contracts", mocha: "test/contracts/integration" } },
  test: {
    solidity: {
      isolate: true,
      fuzz: { runs: 64, seed: "0x1234" },
      invariant: { runs: 32, depth: 60, failOnRevert: true },
      fsPermissions: { readDirectory: ["artifacts", "test/vectors"] },
    },
  },
  networks: { osaka: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" } },
});
