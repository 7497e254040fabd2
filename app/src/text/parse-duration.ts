import { ChronoError } from "@chronoledger/core";

export const DURATION_UNITS = { ns: 0, µs: 3, ms: 6, s: 9 } as const;
export type DurationUnit = keyof typeof DURATION_UNITS;

/**
 * A decimal number of a unit, exactly in nanoseconds; null when the text is empty.
 * @throws input/malformed unless it is a plain decimal number without a remainder below 1 ns.
 */
export function parseDuration(text: string, unit: DurationUnit): bigint | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const [, whole, fraction = ""] = /^([0-9]{1,10})(?:[.,]([0-9]{1,9}))?$/.exec(trimmed) ?? [];
  const digits = DURATION_UNITS[unit];
  const kept = fraction.replace(/0+$/, "");
  if (whole === undefined || kept.length > digits)
    throw new ChronoError(
      "input/malformed",
      { value: trimmed.slice(0, 40), unit },
      { remedy: "give a number such as 0.5, in whole nanoseconds" },
    );
  return BigInt(whole + kept.padEnd(digits, "0"));
}
