import { toIso8601, unixNs } from "@chronoledger/core";

/** UTC, truncated to `digits` of the second. */
export const printedTime = (time: bigint | null, digits = 0): string =>
  time === null ? "–" : toIso8601(unixNs(time), digits).replace("T", " ");
export const printedDate = (time: bigint | null): string =>
  time === null ? "–" : toIso8601(unixNs(time), 0).slice(0, 10);

/** Rounded down, so that 100 % means all. */
export const printedPpm = (ppm: number | null): string =>
  ppm === null ? "–" : `${Math.floor(ppm / 10_000)}.${String(Math.floor(ppm / 100) % 100).padStart(2, "0")} %`;

/** What the standard PDF fonts can show (Windows-1252 without its control characters). */
const PRINTABLE = /[^\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac]/gu;
export const printable = (text: string): string => text.normalize("NFC").replace(PRINTABLE, "?");
