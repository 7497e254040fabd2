import type * as z from "zod";

/**
 * What `--help` prints: every setting of the schema with its default and its description.
 * @param usage one line: what the process is.
 */
export function settingsHelp(usage: string, schema: z.ZodObject): string {
  const lines = Object.entries(schema.shape).map(([name, field]) => {
    const type = field as z.ZodType;
    const unset = type.safeParse(undefined);
    const state = !unset.success ? "required" : unset.data === undefined ? "optional" : `default ${String(unset.data)}`;
    return `  ${name} (${state})${type.description === undefined ? "" : `\n      ${type.description}`}`;
  });
  return `${usage}\n\nSettings, from the environment:\n${lines.join("\n")}\n`;
}

/** Prints the help and returns true when `--help` was asked for. */
export function answeredHelp(
  usage: string,
  schema: z.ZodObject,
  args: readonly string[] = process.argv.slice(2),
): boolean {
  if (!args.includes("--help") && !args.includes("-h")) return false;
  process.stdout.write(settingsHelp(usage, schema));
  return true;
}
