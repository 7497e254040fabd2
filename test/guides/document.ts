import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** A fenced block: "```ts file=journal.ts" has the language "ts" and the file "journal.ts". */
export type Block = { readonly language: string; readonly file: string | undefined; readonly text: string };

/** @param path from the root of the repository. @param heading takes the part below it alone, to the next of its level */
export function blocksOf(path: string, heading?: string): Block[] {
  const whole = readFileSync(join(ROOT, path), "utf8");
  const from = heading === undefined ? 0 : whole.indexOf(`\n## ${heading}\n`);
  if (from < 0) throw new Error(`${path} has no heading "${heading}"`);
  const end = heading === undefined ? -1 : whole.indexOf("\n## ", from + 1);
  const text = whole.slice(from, end < 0 ? undefined : end);
  return [...text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, language = "", rest = "", body = ""]) => ({
    language,
    file: /\bfile=(\S+)/.exec(rest)?.[1],
    text: body,
  }));
}

/** Lines of the shell blocks, in order. */
export const commandsIn = (blocks: readonly Block[]): string[] =>
  blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n"))
    .filter((line) => line.trim() !== "");
