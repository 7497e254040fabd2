import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Compiled } from "./compiler.ts";

/** What the tests of one tree deploy, and how to undo a change of it. */
export class Artifacts {
  readonly #folder: string;
  readonly #built: string;
  readonly #originals = new Map<string, string>();

  constructor(tree: string) {
    this.#folder = join(tree, "artifacts");
    this.#built = join(tree, "built");
  }

  /** Keeps the contracts as Hardhat built them, and lets these take their place for good. */
  settle(compiled: readonly (readonly [file: string, contracts: Compiled])[]): void {
    if (!existsSync(this.#built))
      cpSync(join(this.#folder, "contracts"), join(this.#built, "contracts"), { recursive: true });
    for (const [file, contracts] of compiled) this.replace(file, contracts);
    this.#originals.clear();
  }

  /** Whether anything differs from what was there. */
  replace(file: string, contracts: Compiled): boolean {
    let differs = false;
    for (const [name, codes] of contracts) {
      const path = join(this.#folder, file, `${name}.json`);
      const before = readFileSync(path, "utf8");
      const artifact = JSON.parse(before) as { bytecode: string; deployedBytecode: string };
      if (artifact.bytecode === codes.bytecode && artifact.deployedBytecode === codes.deployedBytecode) continue;
      differs = true;
      this.#write(path, before, JSON.stringify({ ...artifact, ...codes }));
    }
    return differs;
  }

  /** Every contract as Hardhat built it. */
  useBuilt(): void {
    for (const path of globSync("contracts/**/*.json", { cwd: this.#built })) {
      const target = join(this.#folder, path);
      this.#write(target, readFileSync(target, "utf8"), readFileSync(join(this.#built, path), "utf8"));
    }
  }

  restore(): void {
    for (const [path, text] of this.#originals) writeFileSync(path, text);
    this.#originals.clear();
  }

  #write(path: string, before: string, text: string): void {
    if (!this.#originals.has(path)) this.#originals.set(path, before);
    writeFileSync(path, text);
  }
}
