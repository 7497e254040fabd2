import { posix } from "node:path";
import type { SourceFile } from "./project-files.ts";

/** What each folder of contracts/ may import; "" are the contracts themselves. Nothing imports mocks but mocks. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  types: ["types"],
  interfaces: ["types", "interfaces"],
  libraries: ["types", "interfaces", "libraries"],
  "": ["types", "interfaces", "libraries", "P256Verifier.sol"],
  periphery: ["types", "interfaces", "periphery", "ChronoLedger.sol"],
  examples: ["types", "interfaces", "periphery", "ChronoLedger.sol"],
  testing: ["types", "interfaces", "libraries", "testing"],
  mocks: ["types", "interfaces", "libraries", "periphery", "examples", "mocks", ""],
};
/** Where a published library may be used. */
const MAY_USE_OPENZEPPELIN = ["", "periphery", "examples", "mocks"];

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");

/** Paths of all imports; `named` is false for those that bring every name of a file. */
export const solidityImports = (text: string): { path: string; named: boolean }[] =>
  [...withoutComments(text).matchAll(/\bimport\s+(?:(\{[^}]*\}|[^"';]+?)\s*from\s*)?["']([^"']+)["'][^;]*;/g)].map(
    (match) => ({
      path: match[2] ?? "",
      named: match[1]?.startsWith("{") ?? false,
    }),
  );

const layerOf = (path: string): string => path.split("/").slice(1, -1)[0] ?? "";

function importFault(file: SourceFile, path: string): string | undefined {
  const layer = layerOf(file.path);
  if (path.startsWith("@openzeppelin/contracts/"))
    return MAY_USE_OPENZEPPELIN.includes(layer) ? undefined : `${file.path} uses OpenZeppelin: ${path}`;
  const target = posix.join(posix.dirname(file.path), path);
  if (!path.startsWith(".") || !target.startsWith("contracts/")) return `${file.path} imports from elsewhere: ${path}`;
  const allowed = ALLOWED[layer] ?? [];
  const fits = allowed.includes(layerOf(target)) || allowed.includes(posix.basename(target));
  return fits ? undefined : `${file.path} must not import ${path}`;
}

/** @param files those of contracts/. */
export const solidityFaults = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) =>
    solidityImports(file.text).flatMap(({ path, named }) => {
      const fault = importFault(file, path);
      return [
        ...(fault === undefined ? [] : [fault]),
        ...(named ? [] : [`${file.path} imports every name of ${path}`]),
      ];
    }),
  );
