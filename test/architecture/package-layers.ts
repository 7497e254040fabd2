import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";
import { isTest, type Manifest, type SourceFile } from "./project-files.ts";

/** A workspace may import those of a lower rank only. The deployables share one: they meet on the wire or on chain. */
export const RANK: Readonly<Record<string, number>> = {
  "@chronoledger/core": 0,
  "@chronoledger/bindings": 0,
  "@chronoledger/service": 1,
  "@chronoledger/txm": 1,
  "@chronoledger/compliance": 1,
  "@chronoledger/rfc3161": 1,
  "@chronoledger/solana": 1,
  "@chronoledger/sdk": 1.5,
  "@chronoledger/local-solana": 2,
  "@chronoledger/node": 2,
  "@chronoledger/aggregator": 2,
  "@chronoledger/relayer": 2,
  "@chronoledger/gateway": 2,
  "@chronoledger/keeper": 2,
  "@chronoledger/app": 2,
  "@chronoledger/deploy": 2,
};
/** Also run in a browser. */
const PORTABLE = ["core", "bindings", "compliance", "rfc3161", "sdk"].map((name) => `@chronoledger/${name}`);
/** What of those packages runs in Node alone. */
const NODE_ONLY = /^packages\/sdk\/src\/cli\//;
const OURS = "@chronoledger/";
const WORKSPACE_FOLDERS = /^(packages|oracle)\/[^/]+\/|^(keeper|deploy|app)\//;

/** What package.json files state: unknown workspaces and dependencies that point upwards or sideways. */
export function dependencyFaults(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ name, dependencies, devDependencies }) => {
    const own = RANK[name];
    if (own === undefined) return [`${name} has no rank`];
    return [...dependencies, ...devDependencies]
      .filter((dependency) => dependency.startsWith(OURS))
      .filter((dependency) => (RANK[dependency] ?? Number.POSITIVE_INFINITY) >= own)
      .map((dependency) => `${name} depends on ${dependency}`);
  });
}

/** Static, type-only, re-exporting and dynamic imports alike. */
export const specifiersOf = (text: string): string[] =>
  ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);

/** "@scope/name/x" and "name/x" without x. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function relativeFault(file: SourceFile, specifier: string, folder: string): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  if (target.startsWith(`${folder}/`)) return undefined;
  if (isTest(file.path) && /^test\/(support|vectors)\//.test(target)) return undefined;
  return `${file.path} reaches out of its package: ${specifier}`;
}

function packageFault(file: SourceFile, specifier: string, own: Manifest, known: Known): string | undefined {
  const name = packageOf(specifier);
  const test = isTest(file.path);
  if (isBuiltin(specifier))
    return PORTABLE.includes(own.name) && !test && !NODE_ONLY.test(file.path)
      ? `${file.path} runs in a browser and imports ${specifier}`
      : undefined;
  if (name.startsWith(OURS)) {
    if (!known.workspaces.some(({ entries }) => entries.includes(specifier)))
      return `${file.path} reaches into another package: ${specifier}`;
    if ((RANK[name] ?? Number.POSITIVE_INFINITY) >= (RANK[own.name] ?? -1))
      return `${file.path} imports upwards or sideways: ${specifier}`;
  }
  const declared = [...own.dependencies, ...(test ? [...own.devDependencies, ...known.root.devDependencies] : [])];
  return declared.includes(name) ? undefined : `${file.path} imports what its package does not declare: ${specifier}`;
}

type Known = { readonly workspaces: readonly Manifest[]; readonly root: Manifest };

/** What the sources do, whatever package.json says. Files outside the workspaces are passed over. */
export function importFaults(files: readonly SourceFile[], known: Known): string[] {
  return files.flatMap((file) => {
    if (!WORKSPACE_FOLDERS.test(file.path)) return [];
    const own = known.workspaces.find(({ folder }) => file.path.startsWith(`${folder}/`));
    if (own === undefined) return [`${file.path} belongs to no package`];
    return specifiersOf(file.text)
      .map((specifier) =>
        specifier.startsWith(".")
          ? relativeFault(file, specifier, own.folder)
          : packageFault(file, specifier, own, known),
      )
      .filter((fault) => fault !== undefined);
  });
}
