import { parseArgs } from "node:util";
import { ChronoError } from "@chronoledger/core";

export type DevnetOptions = {
  readonly once: boolean;
  readonly portBase: number;
  readonly dataDir: string | undefined;
  readonly fresh: boolean;
  /** Whether the Solana side is started as well. */
  readonly solana: boolean;
  readonly schedules: number;
  readonly seconds: number;
  readonly help: boolean;
};

/** Ports in use, counted from the base. */
export const PORT_COUNT = 16;
const DEFAULT_PORT_BASE = 4_700;

export const HELP = `ChronoLedger development network: a local EVM chain with 1 s blocks, 4 timing nodes, aggregator, relayer, 2 keepers;
and a local Solana chain with 400 ms slots, a relayer and a keeper, on the same attested clock.

  npm start                       run until Ctrl-C, with a live view
  npm start -- --once             run the demonstration, print one JSON object as the last line, and end

  --once              the demonstration: schedules over --seconds, then a report; exit status 0 only if all of it worked
  --schedules N       how many schedules the demonstration registers, 1 to 500 (default 24)
  --seconds N         over how many seconds they are due, 1 to 600 (default 15)
  --port-base N       first of ${PORT_COUNT} consecutive ports (default ${DEFAULT_PORT_BASE})
  --data-dir PATH     where the state lies (default .chrono/devnet; --once uses a folder of its own and removes it)
  --solana on|off     the Solana side (default on; off with --once, whose figures are of the EVM side)
  --fresh             forget the state of the last run
  --help              this text

Environment: REDIS_URL uses that Redis instead of a private one; NO_COLOR turns colours off.`;

function integer(text: string, name: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new ChronoError(
      "config/invalid",
      { option: `--${name}`, value: text },
      { remedy: `a whole number from ${min} to ${max} is needed` },
    );
  return value;
}

function onOrOff(text: string, name: string): boolean {
  if (text !== "on" && text !== "off")
    throw new ChronoError("config/invalid", { option: `--${name}`, value: text }, { remedy: "on or off is needed" });
  return text === "on";
}

/** @throws config/invalid naming the option and the remedy. */
export function parseOptions(args: readonly string[]): DevnetOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: "boolean", default: false },
        schedules: { type: "string", default: "24" },
        seconds: { type: "string", default: "15" },
        "port-base": { type: "string", default: String(DEFAULT_PORT_BASE) },
        "data-dir": { type: "string" },
        fresh: { type: "boolean", default: false },
        solana: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return {
      once: values.once,
      portBase: integer(values["port-base"], "port-base", 1_024, 65_535 - PORT_COUNT),
      dataDir: values["data-dir"],
      fresh: values.fresh,
      solana: onOrOff(values.solana ?? (values.once ? "off" : "on"), "solana"),
      schedules: integer(values.schedules, "schedules", 1, 500),
      seconds: integer(values.seconds, "seconds", 1, 600),
      help: values.help,
    };
  } catch (error) {
    if (error instanceof ChronoError) throw error;
    throw new ChronoError(
      "config/invalid",
      { reason: (error as Error).message.split("\n")[0] ?? "" },
      { cause: error, remedy: "see npm start -- --help" },
    );
  }
}
