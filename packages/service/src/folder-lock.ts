import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { ChronoError } from "@chronoledger/core";
import koffi from "koffi";

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Makes this process the only one that uses the folder. The kernel gives the lock back when the process ends, however it ends,
 * so nothing stale is left behind.
 * @throws process/failed when another process holds it.
 */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, "lock"), "a", 0o600);
  const flock = koffi.load(null).func("int flock(int fd, int operation)");
  if (flock(file, LOCK_EX | LOCK_NB) !== 0) {
    closeSync(file);
    throw new ChronoError(
      "process/failed",
      { folder },
      { remedy: "another process uses this folder; give each its own" },
    );
  }
  return { release: () => closeSync(file) };
}
