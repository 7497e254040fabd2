import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the Solidity tests need of a project. */
const NEEDED = ["contracts", "test/contracts", "test/vectors", "artifacts", "package.json"];

/** Copies of the project in which artifacts may be replaced. */
export class Trees {
  readonly #folder = mkdtempSync(join(tmpdir(), "mutate-"));
  /** What the others are copied from. */
  readonly first = join(this.#folder, "first");
  readonly #remove = () => rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });

  constructor(root: string) {
    process.once("exit", this.#remove);
    mkdirSync(this.first);
    for (const path of NEEDED)
      if (existsSync(join(root, path))) cpSync(join(root, path), join(this.first, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.first, "node_modules"), "junction");
  }

  fresh(name: string): string {
    const tree = join(this.#folder, name);
    rmSync(tree, { recursive: true, force: true });
    cpSync(this.first, tree, { recursive: true, verbatimSymlinks: true });
    return tree;
  }

  remove(): void {
    process.off("exit", this.#remove);
    this.#remove();
  }
}
