import { type Child, element } from "./element.ts";

/** A list of names and values; what is undefined is left out. */
export const facts = (
  rows: readonly (readonly [string, Child])[],
  into = element("dl", { class: "facts" }),
): HTMLElement => {
  into.replaceChildren(
    ...rows.flatMap(([name, value]) =>
      value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value)],
    ),
  );
  return into;
};
