import { find } from "./find.ts";

/**
 * The result in one sentence: announced to those who do not see the page, and, on narrow screens, the link under the form that
 * leads to it.
 */
export function say(announced: HTMLElement, text: string, short = text): void {
  announced.textContent = text;
  const jump = find("jump", HTMLAnchorElement);
  jump.textContent = short;
  jump.hidden = short === "";
}
