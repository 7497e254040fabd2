import { parseIso8601 } from "@chronoledger/compliance";
import { MAX_U64 } from "@chronoledger/core";
import { UsageError } from "./usage-error.ts";

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};
export const TIME_FORMS =
  "2026-03-01T12:00:00.123456789Z, +90s (also ns, us, ms, m, h, d), or UTC nanoseconds since 1970";

/**
 * UTC in nanoseconds.
 * @param now what a leading + counts from; the network's time, not this machine's
 * @throws UsageError naming the text
 */
export async function parseTime(text: string, now: () => Promise<bigint>): Promise<bigint> {
  const time = await read(text, now);
  if (time === undefined || time > MAX_U64) throw new UsageError(`"${text}" is no time. Write ${TIME_FORMS}.`);
  return time;
}

async function read(text: string, now: () => Promise<bigint>): Promise<bigint | undefined> {
  if (/^[0-9]{1,20}$/.test(text)) return BigInt(text);
  const duration = text.startsWith("+") ? parseDuration(text.slice(1)) : undefined;
  if (duration !== undefined) return (await now()) + duration;
  try {
    return parseIso8601(text).timeUtcNs;
  } catch {
    return undefined;
  }
}

/** Nanoseconds of "90s"; undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const [, count, unit] = /^([0-9]{1,18})(ns|us|ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit ?? ""];
  return count === undefined || factor === undefined ? undefined : BigInt(count) * factor;
}
