import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Bytes are base64url, 64-bit integers decimal strings. */
export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

/** Adds one JSON line that proves a fault, and makes it durable. Nothing is ever removed from the file. */
export function keepEvidence(path: string, evidence: Evidence): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a", 0o600);
  try {
    writeSync(file, `${JSON.stringify(evidence)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
