import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AstNode, placesIn } from "./ast.ts";
import type { Compiler } from "./compiler.ts";

/** What is mutated, of what a project has. */
const MUTATED = ["contracts/*.sol", "contracts/libraries/*.sol", "contracts/periphery/*.sol"];
const TESTS = "test/contracts/**/*.t.sol";
/** They measure, and every mutant costs another amount. */
const MEASURING = "test/contracts/gas/";

/** A file to compile again for a mutant, and the tests that would run its code. */
export type Target = { readonly file: string; readonly tests: readonly string[] };

const isImport = (node: AstNode) => node.nodeType === "ImportDirective";

/** Which files import which, and which tests deploy which artifacts. */
export class Project {
  readonly mutated: readonly string[];
  readonly tests: readonly string[];
  /** Contracts that tests deploy from the build. */
  readonly deployed: readonly string[];
  readonly trees: ReadonlyMap<string, AstNode>;
  readonly #root: string;
  readonly #imports = new Map<string, ReadonlySet<string>>();
  readonly #deploys = new Map<string, ReadonlySet<string>>();

  constructor(root: string, compiler: Compiler) {
    const find = (pattern: string | readonly string[]) =>
      globSync(pattern, { cwd: root })
        .map((path) => path.replaceAll("\\", "/"))
        .sort();
    this.#root = root;
    this.mutated = find(MUTATED);
    this.tests = find(TESTS).filter((path) => !path.startsWith(MEASURING));
    const sources = find("contracts/**/*.sol");
    this.trees = compiler.trees([...sources, ...this.tests]);
    for (const file of this.trees.keys()) this.#imports.set(file, this.#closure(file));
    for (const test of this.tests) this.#deploys.set(test, this.#named(test, new Set(sources)));
    this.deployed = [...new Set(this.tests.flatMap((test) => [...this.#deploysOf(test)]))].sort();
  }

  text(file: string): string {
    return readFileSync(join(this.#root, file), "utf8");
  }

  /** What a change of a file makes worth compiling. */
  targetsOf(file: string): Target[] {
    const contracts = this.deployed
      .filter((contract) => this.#importsOf(contract).has(file))
      .map((contract) => ({
        file: contract,
        tests: this.tests.filter((test) => this.#deploysOf(test).has(contract)),
      }));
    const tests = this.tests.filter((test) => this.#importsOf(test).has(file));
    return [...contracts, ...tests.map((test) => ({ file: test, tests: [test] }))];
  }

  /** Of all that decides what becomes of the mutants of a file. */
  digest(file: string): string {
    const files = new Set(this.#importsOf(file));
    for (const { file: target, tests } of this.targetsOf(file))
      for (const user of [target, ...tests])
        for (const part of [user, ...this.#deploysOf(user)]) for (const path of this.#importsOf(part)) files.add(path);
    const hash = createHash("sha256");
    for (const path of ["hardhat.config.ts", ...[...files].sort()])
      if (existsSync(join(this.#root, path))) hash.update(`${path}\n${this.text(path)}\n`);
    return hash.digest("hex").slice(0, 16);
  }

  #importsOf(file: string): ReadonlySet<string> {
    return this.#imports.get(file) ?? new Set();
  }

  #deploysOf(file: string): ReadonlySet<string> {
    return this.#deploys.get(file) ?? new Set();
  }

  /** The file, and what it imports, directly or not. */
  #closure(file: string): Set<string> {
    const found = new Set([file]);
    for (const path of found)
      for (const node of (this.trees.get(path)?.nodes as AstNode[] | undefined) ?? [])
        if (isImport(node)) found.add(String(node.absolutePath));
    return found;
  }

  /** Sources that a test names in a string: it deploys their artifacts. */
  #named(test: string, sources: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    for (const file of this.#importsOf(test)) {
      const tree = this.trees.get(file);
      if (tree === undefined || !file.startsWith("test/")) continue;
      for (const { node } of placesIn("", tree))
        if (node.nodeType === "Literal" && sources.has(String(node.value))) found.add(String(node.value));
    }
    return found;
  }
}
