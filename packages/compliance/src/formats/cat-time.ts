import { ChronoError, durationNs, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import { CAT_TIME_FORMAT } from "../regimes/cat-rules.ts";
import { droppedNs, type FormattedTime, type UtcReading } from "./iso8601-time.ts";

/** Reads whole seconds only: Date and Intl end at the millisecond. */
const EASTERN = new Intl.DateTimeFormat("en-US", {
  timeZone: CAT_TIME_FORMAT.timeZone,
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** "YYYYMMDD HHMMSS" on the clocks of New York at a whole second of UTC. */
export function easternSecond(second: bigint): string {
  const part = new Map(EASTERN.formatToParts(new Date(Number(second) * 1_000)).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes, width = 2) => (part.get(type) ?? "").padStart(width, "0");
  return `${of("year", 4)}${of("month")}${of("day")} ${of("hour")}${of("minute")}${of("second")}`;
}

/**
 * `YYYYMMDD HHMMSS.CCC[NNNNNN]` in US Eastern time, truncated with the uncertainty widened. In the hour that is repeated when
 * daylight saving ends, one text stands for two instants: {@link parseCatTime} gives both.
 * @param digits 3 to 9
 * @throws input/out-of-range
 */
export function formatCatTime(reading: UtcReading, digits: number): FormattedTime {
  if (!Number.isInteger(digits) || digits < CAT_TIME_FORMAT.minDigits || digits > CAT_TIME_FORMAT.maxDigits)
    throw new ChronoError("input/out-of-range", { what: "CAT fraction digits", value: digits, range: "3 to 9" });
  const fraction = String(reading.timeUtcNs % NS_PER_S)
    .padStart(9, "0")
    .slice(0, digits);
  return {
    text: `${easternSecond(reading.timeUtcNs / NS_PER_S)}.${fraction}`,
    uncertaintyNs: durationNs(reading.uncertaintyNs + droppedNs(reading.timeUtcNs, digits)),
  };
}

const CAT = /^(\d{4})(\d\d)(\d\d) (\d\d)(\d\d)(\d\d)\.(\d{3,9})$/;

/**
 * The instants that a CAT time can stand for, earliest first: one, or two in the hour repeated in autumn.
 * @throws input/malformed also for a time that clocks in New York skip in spring.
 */
export function parseCatTime(text: string): readonly UnixNs[] {
  const match = CAT.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1, 7).map(Number);
  const ms = Date.UTC(year ?? Number.NaN, (month ?? 0) - 1, day, hour, minute, second);
  const fraction = BigInt((match?.[7] ?? "").padEnd(9, "0"));
  // Eastern time is 4 or 5 hours behind UTC; 1970 to 2554 knows no other offset by the rules in force.
  const found = (Number.isNaN(ms) ? [] : [4n, 5n])
    .map((hours) => BigInt(ms / 1_000) + hours * 3_600n)
    .filter((at) => at >= 0n && easternSecond(at) === text.slice(0, 15))
    .map((at) => unixNs(at * NS_PER_S + fraction));
  if (found.length === 0)
    throw new ChronoError(
      "input/malformed",
      { what: "CAT time", value: text.slice(0, 40) },
      { remedy: "Write YYYYMMDD HHMMSS.CCC in US Eastern time, with 3 to 9 fraction digits" },
    );
  return found;
}
