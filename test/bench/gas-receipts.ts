import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as bindings from "@chronoledger/bindings";
import { NS_PER_MS } from "@chronoledger/core";
import { createSystemClock } from "@chronoledger/service";
import { keccak256 } from "viem";
import { DOCUMENT_FILE, gasDocument } from "../../tools/gas/document.ts";
import { readGasFigures } from "../../tools/gas/figures.ts";
import { changedGas, committedGas, type GasByName, RECEIPTS_FILE, writeReceipts } from "../../tools/gas/receipts.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Which code the figures are of: keccak256 of what is deployed, by contract. */
export const measuredCode = (): Readonly<Record<string, string>> => ({
  ChronoRegistry: keccak256(bindings.chronoRegistryBytecode),
  ChronoOracle: keccak256(bindings.chronoOracleBytecode),
  ChronoScheduler: keccak256(bindings.chronoSchedulerBytecode),
  ClockReader: keccak256(bindings.clockReaderBytecode),
});

/** Says which figures differ from the committed ones. */
export function compareWithCommitted(gas: GasByName, progress: (line: string) => void): void {
  const changes = changedGas(committedGas(ROOT), gas);
  if (changes.length === 0) progress(`as in ${RECEIPTS_FILE}`);
  for (const change of changes) progress(`differs from ${RECEIPTS_FILE}: ${change}`);
}

/** Keeps the figures, and writes the document that shows them. The versions are the pinned ones. */
export function writeCommitted(gas: GasByName): void {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  writeReceipts(ROOT, {
    measuredOn: new Date(Number(createSystemClock().utcNow() / NS_PER_MS)).toISOString().slice(0, 10),
    conditions: {
      chain: `anvil ${devDependencies["@foundry-rs/anvil"]}, osaka rules, one transaction a block`,
      compiler: `solc ${devDependencies.solc} with the settings of hardhat.config.ts`,
    },
    creationCode: measuredCode(),
    gas,
  });
  writeFileSync(join(ROOT, DOCUMENT_FILE), gasDocument(readGasFigures(ROOT)));
}
