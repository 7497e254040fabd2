import { element } from "./element.ts";

/** Copies what `text` gives; where the browser has no clipboard (pages without TLS), selects it in `source` for the person to copy. */
export function wireCopy(button: HTMLButtonElement, text: () => string, source: HTMLElement): void {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      if (source instanceof HTMLInputElement) source.select();
      else getSelection()?.selectAllChildren(source);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => {
      button.textContent = label;
    }, 2_000);
  });
}

/** A piece of code with its own copy button. */
export function snippet(title: string, code: string): HTMLElement {
  const text = element("code", {}, code);
  const button = element("button", { type: "button", class: "quiet", "aria-label": `Copy: ${title}` }, "Copy");
  wireCopy(button, () => code, text);
  return element(
    "section",
    { class: "snippet" },
    element("header", {}, element("h4", {}, title), button),
    element("pre", { tabindex: 0 }, text),
  );
}
