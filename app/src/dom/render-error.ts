import type { Explanation } from "../text/explain-error.ts";
import { element } from "./element.ts";

/** What it means, what to do, and the exact message with its code for whoever is asked for help. */
export const errorParts = ({ code, means, todo, exact }: Explanation): Node[] => [
  element("p", {}, means),
  element("p", {}, todo),
  element(
    "details",
    {},
    element("summary", {}, "Exact message"),
    element("p", { class: "small" }, element("code", {}, exact.startsWith(code) ? exact : `${code}: ${exact}`)),
  ),
];

/** Into a note of the template, which is shown; without an explanation it is hidden. */
export function showProblem(note: HTMLElement, explanation?: Explanation): void {
  note.hidden = explanation === undefined;
  note.replaceChildren(
    ...(explanation === undefined
      ? []
      : [element("strong", {}, explanation.means), " ", explanation.todo, " ", element("code", {}, explanation.code)]),
  );
}
