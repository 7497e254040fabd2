/** Of the longest bar, in characters. */
const BAR_WIDTH = 40;

/** 12,345 */
export const digits = (value: number): string => Math.round(value).toLocaleString("en-US");

/** A Markdown table; columns whose name ends in "gas" or "bytes" are set to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((name) => (/(gas|bytes)$/.test(name) ? "---:" : "---"));
  return [line(head), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}

export type Bar = { readonly label: string; readonly value: number; readonly ours: boolean };

/** A picture in text: one bar a line, all to the same scale, ours marked. */
export function bars(rows: readonly Bar[]): string {
  const longest = Math.max(...rows.map(({ value }) => value));
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const figures = digits(longest).length;
  const lines = rows.map(({ label, value, ours }) => {
    const bar = "█".repeat(Math.max(1, Math.round((value / longest) * BAR_WIDTH)));
    return `${ours ? "▶" : " "} ${label.padEnd(labels)}  ${digits(value).padStart(figures)}  ${bar}`;
  });
  return ["```text", ...lines, "```"].join("\n");
}
