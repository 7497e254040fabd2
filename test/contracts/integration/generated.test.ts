import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as bindings from "@chronoledger/bindings";
import hre from "hardhat";
import {
  concatHex,
  decodeErrorResult,
  encodeAbiParameters,
  encodeErrorResult,
  getCreate2Address,
  type Hex,
  zeroHash,
} from "viem";

const ROOT = join(import.meta.dirname, "../../..");

describe("what is generated from the contracts", () => {
  const artifact = (name: string) => hre.artifacts.readArtifact(name);

  it("holds the ABIs and creation codes of this build", async () => {
    const published = [
      ["ChronoOracle", bindings.chronoOracleAbi, bindings.chronoOracleBytecode],
      ["ChronoRegistry", bindings.chronoRegistryAbi, bindings.chronoRegistryBytecode],
      ["ChronoScheduler", bindings.chronoSchedulerAbi, bindings.chronoSchedulerBytecode],
      ["PrecisionAuction", bindings.precisionAuctionAbi, bindings.precisionAuctionBytecode],
      ["Counter", bindings.counterAbi, bindings.counterBytecode],
      ["ClockReader", bindings.clockReaderAbi, bindings.clockReaderBytecode],
    ] as const;
    for (const [name, abi, bytecode] of published) {
      const built = await artifact(name);
      assert.deepEqual(abi, built.abi, `${name}: run npm run generate`);
      assert.equal(bytecode, built.bytecode, `${name}: run npm run generate`);
    }
  });

  it("holds the addresses that follow from them, in TypeScript and in Solidity", async () => {
    const at = (bytecode: Hex) => getCreate2Address({ from: bindings.CREATE2_PROXY, salt: zeroHash, bytecode });
    const registry = at((await artifact("ChronoRegistry")).bytecode as Hex);
    const argument = encodeAbiParameters([{ type: "address" }], [registry]);
    const oracle = at(concatHex([(await artifact("ChronoOracle")).bytecode as Hex, argument]));
    assert.equal(bindings.REGISTRY_ADDRESS, registry);
    assert.equal(bindings.ORACLE_ADDRESS, oracle);
    const source = readFileSync(join(ROOT, "contracts/libraries/OracleAddress.sol"), "utf8");
    assert.ok(source.includes(`= ${oracle};`));
  });

  it("decodes custom errors with their values", () => {
    const data = encodeErrorResult({ abi: bindings.chronoSchedulerAbi, errorName: "ScheduleTooEarly", args: [1n, 2n] });
    const decoded = decodeErrorResult({ abi: bindings.chronoSchedulerAbi, data });
    assert.deepEqual([decoded.errorName, decoded.args], ["ScheduleTooEarly", [1n, 2n]]);
  });

  it("lets a keeper read the oracle's refusal through the scheduler's ABI", () => {
    const data = encodeErrorResult({ abi: bindings.chronoOracleAbi, errorName: "OracleStale", args: [1n, 2n, 3n] });
    const decoded = decodeErrorResult({ abi: bindings.chronoSchedulerAbi, data });
    assert.deepEqual([decoded.errorName, decoded.args], ["OracleStale", [1n, 2n, 3n]]);
  });
});
