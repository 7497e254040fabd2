import type { ParseArgsOptionsConfig } from "node:util";
import { ChronoLedgerClient } from "../client.ts";
import { endpoint } from "./config-file.ts";
import { trustRoot } from "./node-set-store.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export type Invocation = {
  readonly terminal: Terminal;
  readonly positionals: readonly string[];
  readonly values: Values;
};

/** One file a command. `run` returns the exit status. */
export type Command = {
  /** One line, after "chrono". */
  readonly usage: string;
  readonly summary: string;
  /** More lines for --help. */
  readonly details?: readonly string[];
  readonly options?: ParseArgsOptionsConfig;
  /** What --help says of each option. */
  readonly optionHelp?: Readonly<Record<string, string>>;
  run(invocation: Invocation): Promise<number>;
};

/** Every command that talks to a gateway has these. */
export const GATEWAY_OPTIONS = { url: { type: "string" }, "node-set": { type: "string" } } as const;
export const GATEWAY_HELP = {
  url: "gateway; CHRONO_URL, the config file, or the development network when absent",
  "node-set": "file with the node set to rely on; the one kept at first use when absent",
} as const;

export const text = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
};

/** @throws UsageError unless there are exactly the named arguments */
export function requireArguments(positionals: readonly string[], ...names: string[]): string[] {
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const extra = positionals[names.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many`);
  return [...positionals];
}

/** A client that holds proofs against kept keys, and where those are from. */
export async function connect({
  values,
  terminal,
}: Invocation): Promise<{ readonly client: ChronoLedgerClient; readonly origin: string; readonly url: string }> {
  const { url, apiKey } = endpoint(text(values, "url"));
  const { sets, origin } = await trustRoot(url, text(values, "node-set"), (line) => terminal.note(line));
  const client = new ChronoLedgerClient({ url, nodeSet: sets, ...(apiKey === undefined ? {} : { apiKey }) });
  return { client, origin, url };
}
