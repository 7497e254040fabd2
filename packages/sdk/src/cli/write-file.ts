import { writeFileSync } from "node:fs";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError naming the path */
export function writeResult(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}`);
  }
}
