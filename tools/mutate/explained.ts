import type { Mutant } from "./mutants.ts";

type Key = Pick<Mutant, "file" | "where" | "before" | "after">;
export type Explanation = Key & { readonly reason: string };

/** A survivor as a list item of docs/mutation.md, under the heading of its file. The reason follows, indented. */
export const itemOf = ({ where, before, after }: Key): string => `- \`${where}\`: \`${before}\` → \`${after}\``;
const keyOf = (key: Key): string => `${key.file}\n${itemOf(key)}`;

const ITEM = /^- `([^`]+)`: `([^`]*)` → `([^`]*)`$/;

/** The entries of the document; one without a reason explains nothing. */
export function explanationsIn(document: string): Explanation[] {
  const found: { file: string; where: string; before: string; after: string; lines: string[] }[] = [];
  let file = "";
  let open = false;
  for (const line of document.split("\n")) {
    const item = ITEM.exec(line);
    const heading = /^## (\S+)$/.exec(line)?.[1];
    if (heading !== undefined) file = heading;
    if (item !== null)
      found.push({ file, where: item[1] ?? "", before: item[2] ?? "", after: item[3] ?? "", lines: [] });
    else if (open && /^ {2}\S/.test(line)) found.at(-1)?.lines.push(line.trim());
    open = item !== null || (open && /^ {2}\S/.test(line));
  }
  return found
    .filter(({ lines }) => lines.length > 0)
    .map(({ lines, ...key }) => ({ ...key, reason: lines.join(" ") }));
}

/** Which survivors nobody has explained, and which explanations are of mutants that are killed by now. */
export function compare(
  document: string,
  survivors: readonly Mutant[],
  others: readonly Mutant[],
): { readonly unexplained: Mutant[]; readonly outdated: Explanation[] } {
  const explanations = explanationsIn(document);
  const explained = new Set(explanations.map(keyOf));
  const surviving = new Set(survivors.map(keyOf));
  const tried = new Set(others.map(keyOf));
  return {
    unexplained: survivors.filter((mutant) => !explained.has(keyOf(mutant))),
    outdated: explanations.filter((entry) => tried.has(keyOf(entry)) && !surviving.has(keyOf(entry))),
  };
}
