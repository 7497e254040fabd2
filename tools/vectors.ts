import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { certificateVectors } from "./vectors/certificates.ts";
import { intentVectors } from "./vectors/intents.ts";
import { merkleVectors } from "./vectors/merkle.ts";
import { nodeSetVectors } from "./vectors/node-sets.ts";
import { proofVectors } from "./vectors/proofs.ts";
import { signatureVectors } from "./vectors/signatures.ts";
import { statementVectors } from "./vectors/statements.ts";
import { timeVectors } from "./vectors/time.ts";

const FOLDER = new URL("../test/vectors/", import.meta.url);
const FILES = {
  "certificates.json": certificateVectors,
  "intents.json": intentVectors,
  "merkle.json": merkleVectors,
  "node-sets.json": nodeSetVectors,
  "proofs.json": proofVectors,
  "signatures.json": signatureVectors,
  "statements.json": statementVectors,
  "time.json": timeVectors,
} as const;

function current(name: string): string {
  try {
    return readFileSync(new URL(name, FOLDER), "utf8");
  } catch {
    return "";
  }
}

/** Writes the vector files, or says which of them are stale. @returns the names of the files that differ from what is made now. */
export function generateVectors(check: boolean): string[] {
  return Object.entries(FILES)
    .filter(([name, make]) => {
      const text = `${JSON.stringify(make(), null, 2)}\n`;
      const stale = current(name) !== text;
      if (stale && !check) writeFileSync(new URL(name, FOLDER), text);
      return stale;
    })
    .map(([name]) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes("--check");
  const stale = generateVectors(check);
  console.log(
    `vectors: ${Object.keys(FILES).length} files, ${stale.length} ${check ? "stale" : "written"}${stale.map((name) => ` ${name}`).join("")}`,
  );
  if (check && stale.length > 0) process.exitCode = 1;
}
