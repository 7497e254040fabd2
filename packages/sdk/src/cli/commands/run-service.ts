import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ChronoError } from "@chronoledger/core";
import type { Command } from "../command.ts";

/** The deployables and where they lie, seen from the root of a checkout. */
const FOLDERS = {
  node: "oracle/node",
  aggregator: "oracle/aggregator",
  relayer: "oracle/relayer",
  gateway: "oracle/gateway",
  keeper: "keeper",
} as const;
export type ServiceName = keyof typeof FOLDERS;
export const SERVICE_NAMES = Object.keys(FOLDERS) as ServiceName[];

const SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** @throws config/invalid when it is not installed beside this command */
export function entryOf(name: ServiceName, root: URL = new URL("../../../../../", import.meta.url)): string {
  const places = ["dist/main.js", "src/main.ts"].map((file) =>
    fileURLToPath(new URL(`${FOLDERS[name]}/${file}`, root)),
  );
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new ChronoError(
    "config/invalid",
    { service: name, looked: places.join(" ") },
    { remedy: "run `chrono` from a checkout of the repository, where `npm install` puts every service in its place" },
  );
}

/** Runs the service as a child: signals go to it, its end and its exit status are this command's. */
export function supervise(entry: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...args], { stdio: "inherit" });
    const pass = SIGNALS.map((signal) => [signal, () => void child.kill(signal)] as const);
    for (const [signal, listener] of pass) process.on(signal, listener);
    const settle = () => {
      for (const [signal, listener] of pass) process.off(signal, listener);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      settle();
      // As a shell reports a death by signal: 128 and its number; 15 stands for those without one here.
      resolve(code ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9 }[signal as string] ?? 15));
    });
  });
}

export const runService = (name: ServiceName): Command & { readonly passThrough: true } => ({
  usage: `${name} [ARGUMENT...]`,
  summary: `run the ${name}; its settings come from the environment, and --help lists them`,
  passThrough: true,
  run: ({ positionals }) => supervise(entryOf(name), positionals),
});
