import { ChronoError, FLAG, NS_PER_S, toIso8601, unixNs } from "@chronoledger/core";
import type { UtcReading } from "./iso8601-time.ts";
import type { LeapAnnouncement } from "./stamp-types.ts";

const isMonthStart = (second: bigint): boolean => toIso8601(unixNs(second * NS_PER_S), 0).endsWith("-01T00:00:00Z");

/**
 * Refuses a reading whose interval touches an announced leap second: until TAI-UTC steps, 23:59:60 converts to 00:00:00 of the
 * next day, and a deleted 23:59:59 to a second that does not exist. Both would print a wrong time that looks right. As
 * the announcement does not say which month's end it means, the first (or last) second of every month is refused while it
 * stands.
 * @throws input/out-of-range
 */
export function refuseLeapSecond({ timeUtcNs, uncertaintyNs }: UtcReading, leap: LeapAnnouncement): void {
  if (leap === "none") return;
  const earliest = timeUtcNs - uncertaintyNs;
  const first = (earliest < 0n ? 0n : earliest) / NS_PER_S;
  const last = (timeUtcNs + uncertaintyNs) / NS_PER_S;
  const shift = leap === "insertion" ? 0n : 1n;
  // A bound on the work: an interval of more than a day is of no use for a regulated time in any case.
  for (let second = first; second <= last && second - first <= 86_400n; second++)
    if (isMonthStart(second + shift))
      throw new ChronoError(
        "input/out-of-range",
        { what: "time that touches an announced leap second", leap, timeUtcNs: String(timeUtcNs) },
        { remedy: "Stamp again when the leap second is over; the proof itself is in TAI and stays good" },
      );
}

/** Announcement by the two leap bits of a statement's flags. */
export const leapOfFlags = (flags: number): LeapAnnouncement =>
  (flags & FLAG.leapInsertion) !== 0 ? "insertion" : (flags & FLAG.leapDeletion) !== 0 ? "deletion" : "none";
