import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { UsageError } from "./usage-error.ts";

/** SHA-256 of a file of any size; `-` is standard input. @throws UsageError when it cannot be read */
export async function hashFile(path: string): Promise<Uint8Array> {
  const hash = createHash("sha256");
  try {
    await pipeline(path === "-" ? process.stdin : createReadStream(path), hash);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
  return Uint8Array.from(hash.digest());
}
