import { closeSync, openSync, writeSync } from "node:fs";
import type { JournalFile, OpenJournalFile } from "../../oracle/node/src/cosign-journal.ts";

/** Thrown where the process is meant to die. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export type CrashPoint = "before write" | "after write" | "after sync";

/**
 * A journal file on a machine that loses power: what was written but not synced is lost or kept, as told, and the process dies at
 * the point that was armed.
 */
export class LossyDisk {
  /** The next append dies here. */
  armed: CrashPoint | undefined;
  /** Whether unsynced bytes survive the crash. */
  keepsUnsynced = false;

  readonly open: OpenJournalFile = (path) => {
    const file = openSync(path, "r+");
    let isOpen = true;
    const close = (): void => {
      if (isOpen) closeSync(file);
      isOpen = false;
    };
    let unsynced: { bytes: Uint8Array; position: number }[] = [];
    const flush = (): void => {
      for (const { bytes, position } of unsynced) writeSync(file, bytes, 0, bytes.length, position);
      unsynced = [];
    };
    const crashAt = (point: CrashPoint): void => {
      if (this.armed !== point) return;
      this.armed = undefined;
      if (this.keepsUnsynced) flush();
      close();
      throw new Crash(point);
    };
    const journal: JournalFile = {
      write(bytes, position) {
        crashAt("before write");
        unsynced.push({ bytes: bytes.slice(), position });
        crashAt("after write");
      },
      sync() {
        flush();
        crashAt("after sync");
      },
      close,
    };
    return journal;
  };
}
