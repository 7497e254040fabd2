import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";

/** From the contracts' folder: what no chain is meant to hold. */
const LEFT_OUT = /^(mocks|testing)\//;

type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Readonly<Record<string, Readonly<Record<string, object>>>>;
};

/**
 * Every contract, library and interface in one compilation, in the form of a Hardhat 2 build-info, which Slither reads.
 * Slither looks at the syntax tree alone: there is no bytecode.
 * @throws when something does not compile.
 */
export function buildInfo(root: string): string {
  const folder = join(root, "contracts");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".sol") && !LEFT_OUT.test(path));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(
      paths.sort().map((path) => [`contracts/${path}`, { content: readFileSync(join(folder, path), "utf8") }]),
    ),
    settings: { evmVersion: "osaka", viaIR: true, outputSelection: { "*": { "": ["ast"], "*": ["abi"] } } },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path: string) => imported(root, path) }),
  ) as Output;
  const errors = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));

  const code = { object: "", sourceMap: "" };
  const contracts = Object.entries(output.contracts).map(([path, named]) => [
    path,
    Object.fromEntries(
      Object.entries(named).map(([name, info]) => [name, { ...info, evm: { bytecode: code, deployedBytecode: code } }]),
    ),
  ]);
  return JSON.stringify({
    solcVersion: solc.version().replace(/\+.*/, ""),
    input,
    output: { ...output, contracts: Object.fromEntries(contracts) },
  });
}

function imported(root: string, path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(join(root, "node_modules", path), "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
}
