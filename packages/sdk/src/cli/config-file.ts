import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ChronoError } from "@chronoledger/core";
import * as z from "zod";
import { DEFAULT_URL } from "../client-options.ts";

const ConfigFile = z.object({ url: z.string(), apiKey: z.string(), account: z.string() });
export type ConfigFile = z.infer<typeof ConfigFile>;

/** XDG_CONFIG_HOME/chrono, or .config/chrono at home. */
export const configFolder = (): string => join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "chrono");
export const configPath = (): string => join(configFolder(), "config.json");

/** @throws config/invalid */
export function readConfig(): ConfigFile | undefined {
  let text: string;
  try {
    text = readFileSync(configPath(), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ChronoError(
      "config/invalid",
      { file: configPath() },
      { cause: error, remedy: "make it readable for you" },
    );
  }
  try {
    return ConfigFile.parse(JSON.parse(text));
  } catch (cause) {
    const remedy = "remove it, and open an account with `chrono sign-up NAME`";
    throw new ChronoError("config/invalid", { file: configPath() }, { cause, remedy });
  }
}

/** Readable by its owner alone: it holds a key. A crash leaves the old one or the new one. */
export function writeConfig(config: ConfigFile): void {
  writePrivate(configPath(), `${JSON.stringify(config, undefined, 2)}\n`);
}

export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

/** `--url`, CHRONO_URL, the file, the development network: in this order. A key of the file goes to the file's gateway alone. */
export function endpoint(given: string | undefined): { readonly url: string; readonly apiKey?: string } {
  const file = readConfig();
  const url = given ?? (process.env.CHRONO_URL || undefined) ?? file?.url ?? DEFAULT_URL;
  const apiKey = process.env.CHRONO_API_KEY || (file !== undefined && sameUrl(file.url, url) ? file.apiKey : undefined);
  return { url, ...(apiKey === undefined || apiKey === "" ? {} : { apiKey }) };
}

const sameUrl = (a: string, b: string): boolean => a.replace(/\/+$/, "") === b.replace(/\/+$/, "");
