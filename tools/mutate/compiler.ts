import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { AstNode } from "./ast.ts";

type Solc = {
  compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string;
};
type Settings = Readonly<Record<string, unknown>>;
type Message = { readonly severity: string; readonly formattedMessage: string };
type Code = { readonly object: string };
type Output = {
  readonly errors?: readonly Message[];
  readonly sources: Readonly<Record<string, { readonly ast: AstNode }>>;
  readonly contracts?: Readonly<
    Record<string, Record<string, { readonly evm: { readonly bytecode: Code; readonly deployedBytecode: Code } }>>
  >;
};

/** Codes by contract name, in hexadecimal with 0x. */
export type Compiled = ReadonlyMap<string, { readonly bytecode: string; readonly deployedBytecode: string }>;
export class CompileError extends Error {}

/** Ways to compile what is deployed, the quickest first. The last is the project's own. */
export const LEVELS = ["unoptimized", "inlined", "deployed"] as const;
export type Level = (typeof LEVELS)[number];

const OPTIMIZERS: Readonly<Record<Exclude<Level, "deployed">, unknown>> = {
  unoptimized: { enabled: false },
  // Only the pass that keeps the stack shallow.
  inlined: { enabled: true, details: { yul: true, yulDetails: { stackAllocation: true, optimizerSteps: "u" } } },
};

export type SettingsOf = (file: string) => Settings;

/** What Hardhat would compile a file with. */
export function settingsOf(hre: HardhatRuntimeEnvironment): SettingsOf {
  const profile = hre.config.solidity.profiles.default;
  return (file) => (profile?.overrides[file] ?? profile?.compilers[0])?.settings ?? {};
}

/** The compiler of the npm package, kept in the process: loading it costs as much as a small compilation. */
export class Compiler {
  readonly #root: string;
  readonly #settings: SettingsOf;
  readonly #solc = createRequire(import.meta.url)("solc") as Solc;

  constructor(root: string, settings: SettingsOf) {
    this.#root = root;
    this.#settings = settings;
  }

  /** The syntax trees of the files and of all that they import. */
  trees(files: readonly string[]): ReadonlyMap<string, AstNode> {
    const { sources } = this.#run(files, {}, { "*": { "": ["ast"] } });
    return new Map(Object.entries(sources).map(([file, { ast }]) => [file, ast]));
  }

  /** The contracts of one file, with some sources replaced. */
  compile(file: string, level: Level, replaced: ReadonlyMap<string, string> = new Map()): Compiled {
    const own = this.#settings(file);
    // Without viaIR the compiler is quick as it is.
    const settings = level === "deployed" || own.viaIR !== true ? own : { ...own, optimizer: OPTIMIZERS[level] };
    const selection = { [file]: { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] } };
    const { contracts } = this.#run([file], settings, selection, replaced);
    return new Map(
      Object.entries(contracts?.[file] ?? {}).map(([name, { evm }]) => [
        name,
        { bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` },
      ]),
    );
  }

  #run(files: readonly string[], settings: Settings, outputSelection: unknown, replaced?: ReadonlyMap<string, string>) {
    const read = (path: string) => replaced?.get(path) ?? this.#read(path);
    const input = {
      language: "Solidity",
      sources: Object.fromEntries(files.map((file) => [file, { content: read(file) }])),
      // A hash of the sources would make every mutant's code differ.
      settings: { ...settings, metadata: { bytecodeHash: "none" }, outputSelection },
    };
    const output = JSON.parse(
      this.#solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) }),
    ) as Output;
    const error = output.errors?.find(({ severity }) => severity === "error");
    if (error !== undefined) throw new CompileError(error.formattedMessage);
    return output;
  }

  #read(path: string): string {
    const own = join(this.#root, path);
    return readFileSync(existsSync(own) ? own : join(this.#root, "node_modules", path), "utf8");
  }
}
