import { ChronoError, type DurationNs, durationNs, NS_PER_S, toIso8601, type UnixNs, unixNs } from "@chronoledger/core";

/** The true time lies within `uncertaintyNs` of what `text` says. */
export type FormattedTime = { readonly text: string; readonly uncertaintyNs: DurationNs };
export type UtcReading = { readonly timeUtcNs: UnixNs; readonly uncertaintyNs: DurationNs };

/** What a value with this many fraction digits leaves out, always towards the past. */
export const droppedNs = (time: UnixNs, digits: number): bigint => time % 10n ** BigInt(9 - digits);

/**
 * ISO 8601 in UTC, `YYYY-MM-DDThh:mm:ss[.d...]Z`. A printed time is truncated towards the past, never rounded into the
 * future, and its uncertainty is widened by what was left out, so that the interval about it still holds the true time.
 * @param digits 0 to 9
 */
export const formatIso8601 = (reading: UtcReading, digits: number): FormattedTime => ({
  text: toIso8601(reading.timeUtcNs, digits),
  uncertaintyNs: durationNs(reading.uncertaintyNs + droppedNs(reading.timeUtcNs, digits)),
});

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/** @throws input/malformed also for :60, which no count of nanoseconds since 1970 can hold, and for dates that do not exist. */
export function parseIso8601(text: string): { readonly timeUtcNs: UnixNs; readonly digits: number } {
  const match = ISO.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1, 7).map(Number);
  const fraction = match?.[7] ?? "";
  const ms = Date.UTC(year ?? Number.NaN, (month ?? 0) - 1, day, hour, minute, second);
  const time =
    match === null || Number.isNaN(ms) || ms < 0
      ? undefined
      : unixNs(BigInt(ms / 1_000) * NS_PER_S + BigInt(fraction.padEnd(9, "0")));
  // Date.UTC carries 31 February and 24:00 over into the next day: what comes back would differ.
  if (time === undefined || toIso8601(time, fraction.length) !== text)
    throw new ChronoError(
      "input/malformed",
      { what: "ISO 8601 time", value: text.slice(0, 40) },
      { remedy: "Write YYYY-MM-DDThh:mm:ss.dddZ in UTC, from 1970, with 0 to 9 fraction digits and no leap second" },
    );
  return { timeUtcNs: time, digits: fraction.length };
}
