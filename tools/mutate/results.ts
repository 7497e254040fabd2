import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Outcome } from "./messages.ts";

/** Outcomes by mutant and by all that decides them, a line each as they come, so that a run that was stopped goes on. */
export class Results {
  readonly #path: string;
  readonly #known = new Map<string, Outcome>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      // The last line of a run that was stopped may be half a line.
      if (!line.endsWith("}")) continue;
      const { key, ...outcome } = JSON.parse(line) as Outcome & { key: string };
      this.#known.set(key, outcome);
    }
  }

  get(key: string): Outcome | undefined {
    return this.#known.get(key);
  }

  add(key: string, outcome: Outcome): void {
    this.#known.set(key, outcome);
    appendFileSync(this.#path, `${JSON.stringify({ key, ...outcome })}\n`);
  }

  clear(): void {
    this.#known.clear();
    rmSync(this.#path, { force: true });
  }
}
