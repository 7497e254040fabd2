import { bytesToHex } from "@chronoledger/core";
import { eventHash } from "@chronoledger/sdk";
import { find } from "../dom/find.ts";
import { hashFile } from "./hash-file.ts";

export type HashedFile = {
  readonly name: string;
  readonly imprint: string;
  readonly bytes: Uint8Array;
  /** Of a file that is one JSON value: the hash of its canonical text, for proofs of events. */
  readonly event: Uint8Array | undefined;
};

/** Larger records are compared by their bytes alone. */
const MAX_EVENT_BYTES = 1024 * 1024;

async function hashEvent(file: File): Promise<Uint8Array | undefined> {
  if (file.size > MAX_EVENT_BYTES) return undefined;
  try {
    return eventHash(JSON.parse(await file.text()));
  } catch {
    return undefined;
  }
}

/** The file that the person chose to compare; hashed as soon as it is chosen, and never sent. */
export class StampedFile {
  hashed: HashedFile | undefined;
  readonly #changed: () => void;
  readonly #input = find("data-file", HTMLInputElement);
  readonly #progress = find("hash-progress", HTMLProgressElement);
  readonly #status = find("file-status", HTMLElement);
  #stop = new AbortController();

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#input.addEventListener("change", () => void this.#hash());
  }

  clear(): void {
    this.#stop.abort();
    this.hashed = undefined;
    this.#progress.hidden = true;
    this.#status.textContent = "";
    this.#changed();
  }

  async #hash(): Promise<void> {
    this.clear();
    const file = this.#input.files?.[0];
    if (file === undefined) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#progress.hidden = false;
    this.#status.textContent = `Hashing ${file.name}`;
    try {
      const bytes = await hashFile(
        file,
        (share) => {
          if (!signal.aborted) this.#progress.value = share;
        },
        signal,
      );
      const event = await hashEvent(file);
      if (signal.aborted) return;
      this.hashed = { name: file.name, imprint: bytesToHex(bytes), bytes, event };
      this.#status.textContent = `${file.name}: SHA-256 ${this.hashed.imprint}`;
      this.#progress.hidden = true;
      this.#changed();
    } catch (error) {
      if (signal.aborted) return;
      this.#progress.hidden = true;
      this.#status.textContent = `${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}. Choose it again.`;
    }
  }
}
