import { createHash } from "node:crypto";
import { type AstNode, type Change, type ChangeKind, placesIn, whereOf } from "./ast.ts";
import { solidityChanges } from "./solidity-operators.ts";
import { yulChanges } from "./yul-operators.ts";

/** One changed source. The texts `before` and `after` are of the whole lines, so that they outlive a move of the code. */
export type Mutant = {
  readonly file: string;
  readonly line: number;
  readonly where: string;
  readonly kind: ChangeKind;
  readonly before: string;
  readonly after: string;
  /** The mutated file. */
  readonly source: string;
};

const utf8 = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");
const oneLine = (text: string): string => utf8(text).replaceAll(/\s+/g, " ").trim();

function toMutant(file: string, source: string, where: string, { kind, start, end, text }: Change): Mutant {
  const from = source.lastIndexOf("\n", start - 1) + 1;
  const next = source.indexOf("\n", end);
  const to = next === -1 ? source.length : next;
  return {
    file,
    line: source.slice(0, start).split("\n").length,
    where,
    kind,
    before: oneLine(source.slice(from, to)),
    after: oneLine(source.slice(from, start) + text + source.slice(end, to)),
    source: utf8(source.slice(0, start) + text + source.slice(end)),
  };
}

/** Every mutant of one file, in the order of the text, none twice. */
export function mutantsOf(file: string, text: string, tree: AstNode): Mutant[] {
  const source = Buffer.from(text, "utf8").toString("latin1");
  const found = new Map<string, Mutant>();
  for (const place of placesIn(source, tree))
    for (const change of [...solidityChanges(place), ...yulChanges(place)]) {
      const mutant = toMutant(file, source, whereOf(place.above), change);
      if (mutant.source !== text && !found.has(mutant.source)) found.set(mutant.source, mutant);
    }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

export const idOf = ({ file, source }: Mutant): string =>
  createHash("sha256").update(`${file}\n${source}`).digest("hex").slice(0, 24);

/** Some of them, the same for the same seed, in the order in which they came. */
export function sample<T>(all: readonly T[], size: number, seed: number): T[] {
  const rank = (index: number) => createHash("sha256").update(`${seed}:${index}`).digest("hex");
  const chosen = new Set(
    all
      .map((_, index) => ({ index, rank: rank(index) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .slice(0, size)
      .map(({ index }) => index),
  );
  return all.filter((_, index) => chosen.has(index));
}
