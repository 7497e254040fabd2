import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const css = readFileSync(join(import.meta.dirname, "style.css"), "utf8");
const colours = new Map(
  Array.from(
    css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g),
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }],
  ),
);

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** Text and what it stands on, with WCAG's least contrast: 4.5 for text, 3 for the edge of a field. */
const PAIRS = [
  ["ink", "paper", 4.5],
  ["ink", "card", 4.5],
  ["muted", "paper", 4.5],
  ["muted", "card", 4.5],
  ["muted", "field", 4.5],
  ["accent", "card", 4.5],
  ["accent", "paper", 4.5],
  ["on-accent", "accent", 4.5],
  ["good", "good-paper", 4.5],
  ["warn", "warn-paper", 4.5],
  ["bad", "bad-paper", 4.5],
  ["ink", "good-paper", 4.5],
  ["ink", "warn-paper", 4.5],
  ["ink", "bad-paper", 4.5],
  ["muted", "bad-paper", 4.5],
  ["field-line", "field", 3],
  ["field-line", "card", 3],
] as const;

describe("colours of the page", () => {
  for (const scheme of ["light", "dark"] as const)
    for (const [text, ground, least] of PAIRS)
      it(`${text} can be read on ${ground}, ${scheme}`, () => {
        const [above, below] = [colours.get(text), colours.get(ground)];
        assert.ok(above !== undefined && below !== undefined);
        const ratio = contrast(above[scheme], below[scheme]);
        assert.ok(ratio >= least, `${ratio.toFixed(2)} to 1`);
      });
});
