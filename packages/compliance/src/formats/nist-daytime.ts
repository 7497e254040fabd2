import { durationNs, NS_PER_S, toIso8601 } from "@chronoledger/core";
import { assessChain, type TraceabilityChain } from "../traceability-chain.ts";
import { easternSecond } from "./cat-time.ts";
import { droppedNs, type FormattedTime, type UtcReading } from "./iso8601-time.ts";
import { refuseLeapSecond } from "./leap-second.ts";
import type { LeapAnnouncement } from "./stamp-types.ts";

const DAY_S = 86_400n;
/** Modified Julian day of 1970-01-01. */
const MJD_1970 = 40_587n;

/** Hours that New York is behind UTC at a whole second: 4 in summer, 5 in winter. */
const hoursBehind = (second: bigint): number => {
  const eastern = Number(easternSecond(second).slice(9, 11));
  const utc = Number((second % DAY_S) / 3_600n);
  return (utc - eastern + 24) % 24;
};

/**
 * TT: 00 in standard time and 50 in daylight saving time; in the month of a change it counts the days down, to 51 on the day
 * when daylight saving begins and to 1 on the day when it ends. A day is one of UTC here; that, and the count on the last
 * day, are read from NIST's own description, a secondary source for us.
 */
export function daylightCode(second: bigint): number {
  const summer = hoursBehind(second) === 4;
  const noon = (second / DAY_S) * DAY_S + DAY_S / 2n;
  const month = (at: bigint) => toIso8601((at * NS_PER_S) as Parameters<typeof toIso8601>[0], 0).slice(0, 7);
  for (let ahead = 0n; ahead < 31n && month(noon + ahead * DAY_S) === month(second); ahead++)
    if ((hoursBehind(noon + ahead * DAY_S) === 4) !== summer) return Number(ahead) + (summer ? 1 : 51);
  return summer ? 50 : 0;
}

export type DaytimeOptions = {
  /** From the stamping clock to its reference: the label is UTC(k) only where this ends there. */
  readonly chain: TraceabilityChain;
  readonly test: boolean;
  readonly leap: LeapAnnouncement;
  /** 0 healthy; 1 to 4 as NIST numbers its faults. */
  readonly health?: 0 | 1 | 2 | 3 | 4;
  /** How far ahead of its mark the line is sent, in tenths of a millisecond; 0 for a record. */
  readonly advanceTenthsMs?: number;
};

/**
 * `JJJJJ YR-MO-DA HH:MM:SS TT L H msADV LABEL OTM`, the layout of NIST's daytime service (NIST SP 250-59). Whole seconds
 * only; the uncertainty is widened by the rest.
 * @throws input/out-of-range for a time that touches an announced leap second.
 */
export function formatNistDaytime(reading: UtcReading, options: DaytimeOptions): FormattedTime {
  refuseLeapSecond(reading, options.leap);
  const second = reading.timeUtcNs / NS_PER_S;
  const iso = toIso8601(reading.timeUtcNs, 0);
  const { label } = assessChain(options.chain, options.test);
  const advance = options.advanceTenthsMs ?? 0;
  const fields = [
    String(second / DAY_S + MJD_1970).padStart(5, "0"),
    iso.slice(2, 10),
    iso.slice(11, 19),
    String(daylightCode(second)).padStart(2, "0"),
    { none: "0", insertion: "1", deletion: "2" }[options.leap],
    String(options.health ?? 0),
    `${Math.floor(advance / 10)}.${advance % 10}`,
    label,
    "*",
  ];
  return { text: fields.join(" "), uncertaintyNs: durationNs(reading.uncertaintyNs + droppedNs(reading.timeUtcNs, 0)) };
}
