import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
/** Installed, built, or made while running: not ours to judge. */
const NOT_SOURCE = new Set(["node_modules", ".git", "artifacts", "cache", "coverage", "dist", ".chrono"]);

export type SourceFile = {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
};

export type Manifest = {
  /** Its folder, without a slash at the end. */
  readonly folder: string;
  readonly name: string;
  /** The specifiers under which others may import it. */
  readonly entries: readonly string[];
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
};

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOT_SOURCE.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield relative(ROOT, path).split(sep).join("/");
  }
}

/** Every file of the repository whose name ends in one of these. */
export const filesEndingIn = (...endings: readonly string[]): SourceFile[] =>
  [...walk(ROOT)]
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

export const isGenerated = (path: string): boolean =>
  /(^|\/)(generated|addresses|snapshots)\//.test(path) || path === "contracts/libraries/OracleAddress.sol";
export const isTest = (path: string): boolean => /\.test\.ts$|\.t\.sol$|^test\//.test(path);

export function toManifest(file: SourceFile): Manifest {
  const json = JSON.parse(file.text) as {
    name: string;
    exports?: string | Record<string, string>;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
  };
  return {
    folder: file.path.replace(/\/?package\.json$/, ""),
    name: json.name,
    entries: (typeof json.exports === "object" ? Object.keys(json.exports) : ["."]).map(
      (key) => json.name + key.slice(1),
    ),
    dependencies: Object.keys({ ...json.dependencies, ...json.peerDependencies, ...json.optionalDependencies }),
    devDependencies: Object.keys(json.devDependencies ?? {}),
  };
}
