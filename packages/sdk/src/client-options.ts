import { ChronoError } from "@chronoledger/core";
import type { Regime, TierName } from "@chronoledger/core/gateway";
import type { TransportOptions } from "./transport.ts";
import type { NodeSetOption } from "./trust.ts";

/** The gateway of a development network on this machine. */
export const DEFAULT_URL = "http://127.0.0.1:4714";

/** What people call the regimes, and what the gateway calls them. */
export const COMPLIANCE = {
  MiFID_II: "mifid2-eu",
  MiFID_II_UK: "mifid2-uk",
  CAT: "cat",
  SFTR: "sftr",
} as const satisfies Readonly<Record<string, Regime>>;
export type ComplianceName = keyof typeof COMPLIANCE;

export type ChronoLedgerClientOptions = {
  /** The tier that the caller counts on: checked against the account before the first request, not chosen by it. */
  readonly tier?: TierName;
  /** The regimes that the caller counts on: the account's tier must cover them. */
  readonly compliance?: readonly ComplianceName[];
  /** CHRONO_URL, or the development network on this machine, when absent. */
  readonly url?: string;
  /** CHRONO_API_KEY when absent. */
  readonly apiKey?: string;
  /** The trust root: node sets got by another way than from the gateway, or their JSON. Fetched from the gateway when absent. */
  readonly nodeSet?: NodeSetOption | readonly NodeSetOption[];
  /** Of one attempt; 15,000 unless told. */
  readonly timeoutMs?: number;
  /** Attempts after the first; 4 unless told. */
  readonly retries?: number;
  /** Whether each stamp's proof is verified before it is returned; true unless told. */
  readonly verify?: boolean;
  readonly fetch?: typeof globalThis.fetch;
};

/** Where the runtime has them; browsers have none. */
const environment = (name: string): string | undefined => {
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } };
  const value = process?.env?.[name];
  return value === "" ? undefined : value;
};

const wrong = (option: string, value: unknown, remedy: string): ChronoError =>
  new ChronoError("config/invalid", { option, value: String(value) }, { remedy });

/** @throws config/invalid */
export function transportOptions(options: ChronoLedgerClientOptions): TransportOptions {
  const url = options.url ?? environment("CHRONO_URL") ?? DEFAULT_URL;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw wrong("url", url, "give an http or https address, such as https://time.example.com");
  const { timeoutMs = 15_000, retries = 4 } = options;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 600_000)
    throw wrong("timeoutMs", timeoutMs, "give 1 to 600000 milliseconds");
  if (!Number.isInteger(retries) || retries < 0 || retries > 20) throw wrong("retries", retries, "give 0 to 20");
  const apiKey = options.apiKey ?? environment("CHRONO_API_KEY");
  if (apiKey !== undefined && !/^clk_[A-Za-z0-9_-]{65}$/.test(apiKey))
    throw wrong("apiKey", "(not shown)", "a key is clk_ and 65 characters; copy it whole, without spaces");
  // Bound: browsers refuse fetch as a method of another object.
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  return { url: url.replace(/\/+$/, ""), apiKey, timeoutMs, retries, fetch };
}

/** @throws config/invalid naming what is unknown */
export function regimesOf(names: readonly ComplianceName[]): Regime[] {
  return names.map((name) => {
    const regime = Object.hasOwn(COMPLIANCE, name) ? COMPLIANCE[name] : undefined;
    if (regime === undefined) throw wrong("compliance", name, `one of ${Object.keys(COMPLIANCE).join(", ")}`);
    return regime;
  });
}
