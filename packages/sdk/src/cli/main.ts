#!/usr/bin/env node
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { isChronoError } from "@chronoledger/core";
import type { Command } from "./command.ts";
import { batch } from "./commands/batch.ts";
import { cancel } from "./commands/cancel.ts";
import { check } from "./commands/check.ts";
import { doctor } from "./commands/doctor.ts";
import { report } from "./commands/report.ts";
import { runService, SERVICE_NAMES } from "./commands/run-service.ts";
import { schedule } from "./commands/schedule.ts";
import { signUp } from "./commands/sign-up.ts";
import { stamp } from "./commands/stamp.ts";
import { status } from "./commands/status.ts";
import { verify } from "./commands/verify.ts";
import { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

const EXIT = { failed: 1, usage: 2 } as const;

const COMMANDS: ReadonlyMap<string, Command & { readonly passThrough?: true }> = new Map([
  ...Object.entries({ "sign-up": signUp, stamp, verify, batch, schedule, status, cancel, report, check, doctor }),
  ...SERVICE_NAMES.map((name) => [name, runService(name)] as const),
]);

const COMMON = { help: { type: "boolean", short: "h" }, json: { type: "boolean" } } as const;
const COMMON_HELP = { json: "one line of JSON instead of text", help: "this text" } as const;

const overview = (): string =>
  [
    "chrono: attested time from the command line",
    "",
    ...[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
    "",
    "chrono COMMAND --help tells more. Settings: CHRONO_URL, CHRONO_API_KEY, NO_COLOR.",
    "",
  ].join("\n");

function helpOf(command: Command): string {
  const options = { ...command.options, ...COMMON };
  const explained: Readonly<Record<string, string>> = { ...command.optionHelp, ...COMMON_HELP };
  const lines = Object.entries(options as ParseArgsOptionsConfig).map(([name, { type, short }]) => {
    const written = `${short === undefined ? "" : `-${short}, `}--${name}${type === "string" ? " VALUE" : ""}`;
    return `  ${written.padEnd(24)}${explained[name] ?? ""}`;
  });
  return [`chrono ${command.usage}`, "", command.summary, ...(command.details ?? []), "", ...lines, ""].join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : 0;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`there is no command "${name}". \`chrono --help\` lists them.`);
  if (command.passThrough === true)
    return command.run({ terminal: new Terminal(false), positionals: rest, values: {} });
  const { values, positionals } = parse(rest, { ...command.options, ...COMMON });
  if (values.help === true) {
    process.stdout.write(helpOf(command));
    return 0;
  }
  return command.run({ terminal: new Terminal(values.json === true), positionals, values });
}

function parse(args: string[], options: ParseArgsOptionsConfig) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values: values as Readonly<Record<string, string | boolean | undefined>>, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** One line on standard error; with --json one of JSON besides, so that a program need not read text. */
function explain(error: unknown, args: readonly string[]): number {
  const usage = error instanceof UsageError;
  if (!usage && !isChronoError(error)) throw error;
  const code = usage ? "usage" : error.code;
  process.stderr.write(`chrono: ${error.message}\n`);
  if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { code, message: error.message } })}\n`);
  return usage ? EXIT.usage : EXIT.failed;
}

const args = process.argv.slice(2);
// Whoever reads the output has seen enough, as `head` does.
process.stdout.once("error", () => process.exit(EXIT.failed));
try {
  process.exitCode = await main(args);
} catch (error) {
  process.exitCode = explain(error, args);
}
