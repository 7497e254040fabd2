import { NS_PER_MS, NS_PER_S, toIso8601, type UnixNs, unixNs } from "@chronoledger/core";

/** The calendar month in UTC, YYYY-MM: in this form months compare as text. */
export const monthOf = (time: UnixNs): string => toIso8601(time, 0).slice(0, 7);

/** Its first instant. @param month YYYY-MM */
export const monthStart = (month: string): UnixNs => firstInstant(month, 0);

/** The first instant of the month after it, when its allowances begin anew. @param month YYYY-MM */
export const monthEnd = (month: string): UnixNs => firstInstant(month, 1);

/** Whole seconds, rounded up, at least 1: for Retry-After. */
export const secondsUntil = (instant: UnixNs, now: UnixNs): number =>
  Math.max(1, Number((instant - now + NS_PER_S - 1n) / NS_PER_S));

function firstInstant(month: string, later: number): UnixNs {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return unixNs(BigInt(Date.UTC(year, number - 1 + later)) * NS_PER_MS);
}
