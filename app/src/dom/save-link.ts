import { element } from "./element.ts";

/** A link that saves these bytes under this name; they never leave the browser. */
export const saveLink = (label: string, name: string, content: Uint8Array | string, type: string): HTMLAnchorElement =>
  element(
    "a",
    {
      class: "button quiet",
      download: name,
      href: URL.createObjectURL(new Blob([typeof content === "string" ? content : Uint8Array.from(content)], { type })),
    },
    label,
  );
