import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** From the root of the repository. Written by `npm run bench -- gas --write`. */
export const RECEIPTS_FILE = "docs/gas-receipts.json";

/** In the order in which the benchmark prints them; a new one goes to the end. */
export const RECEIPT_NAMES = [
  "submit3",
  "submit5",
  "submit7",
  "schedule68",
  "executeBlockOverhead",
  "executeAttestedOverhead",
  "cancel",
  "readCold",
  "readWarm",
  "verifyProofK3D10",
  "verifyProofK3D0",
  "schedule1092",
  "executeLateOverhead",
  "verifyProofByOracleK3D10",
] as const;

export type GasByName = Readonly<Record<(typeof RECEIPT_NAMES)[number], number>>;

export type Receipts = {
  /** YYYY-MM-DD, UTC. */
  readonly measuredOn: string;
  readonly conditions: { readonly chain: string; readonly compiler: string };
  /** keccak256 of what was deployed, by contract. */
  readonly creationCode: Readonly<Record<string, string>>;
  readonly gas: GasByName;
};

/** Puts the figures in order. @throws when one is missing, is no figure, or is not known here. */
export function orderedGas(measured: Readonly<Record<string, number>>): GasByName {
  const known: readonly string[] = RECEIPT_NAMES;
  const strange = Object.keys(measured).filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`no place for ${strange.join(", ")} among the receipts`);
  const missing = RECEIPT_NAMES.filter((name) => !Number.isSafeInteger(measured[name]));
  if (missing.length > 0) throw new Error(`not measured: ${missing.join(", ")}`);
  return Object.fromEntries(RECEIPT_NAMES.map((name) => [name, measured[name]])) as GasByName;
}

/** @throws when a figure is missing. */
export function readReceipts(root: string): Receipts {
  const receipts = JSON.parse(readFileSync(join(root, RECEIPTS_FILE), "utf8")) as Receipts;
  return { ...receipts, gas: orderedGas(receipts.gas) };
}

/** What is committed, whether or not it is complete: the benchmark that mends it must be able to run. */
export function committedGas(root: string): Readonly<Record<string, number>> {
  if (!existsSync(join(root, RECEIPTS_FILE))) return {};
  return (JSON.parse(readFileSync(join(root, RECEIPTS_FILE), "utf8")) as Receipts).gas;
}

export const writeReceipts = (root: string, receipts: Receipts): void =>
  writeFileSync(join(root, RECEIPTS_FILE), `${JSON.stringify(receipts, undefined, 2)}\n`);

/** One line for each figure that differs: "name: before -> after (+difference)". */
export const changedGas = (before: Readonly<Record<string, number>>, after: GasByName): string[] =>
  RECEIPT_NAMES.filter((name) => before[name] !== after[name]).map((name) => {
    const old = before[name];
    if (old === undefined) return `${name}: new, ${after[name]}`;
    const difference = after[name] - old;
    return `${name}: ${old} -> ${after[name]} (${difference > 0 ? "+" : ""}${difference})`;
  });
