import { ChronoError } from "./errors.ts";

declare const unit: unique symbol;

/** Nanoseconds since 1970-01-01T00:00:00 UTC, without leap seconds (POSIX). Range 0 to 2^64 - 1. */
export type UnixNs = bigint & { readonly [unit]: "unix-ns" };
/** Nanoseconds since 1970-01-01T00:00:00 TAI. Range 0 to 2^64 - 1 (good to the year 2554). */
export type TaiNs = bigint & { readonly [unit]: "tai-ns" };
/** A length of time in nanoseconds; may be negative. */
export type DurationNs = bigint & { readonly [unit]: "duration-ns" };

export const MAX_U64 = (1n << 64n) - 1n;
export const NS_PER_US = 1_000n;
export const NS_PER_MS = 1_000_000n;
export const NS_PER_S = 1_000_000_000n;

const u64 = (value: bigint, what: string): bigint => {
  if (value < 0n || value > MAX_U64)
    throw new ChronoError("input/out-of-range", { what, value: String(value), range: "0 to 2^64 - 1" });
  return value;
};

export const unixNs = (value: bigint): UnixNs => u64(value, "UTC nanoseconds") as UnixNs;
export const taiNs = (value: bigint): TaiNs => u64(value, "TAI nanoseconds") as TaiNs;
export const durationNs = (value: bigint): DurationNs => value as DurationNs;

/** @param taiMinusUtc seconds, from the statement itself (37 since 2017-01-01). */
export const toUtc = (time: TaiNs, taiMinusUtc: number): UnixNs => unixNs(time - BigInt(taiMinusUtc) * NS_PER_S);
/** @param taiMinusUtc seconds. */
export const toTai = (time: UnixNs, taiMinusUtc: number): TaiNs => taiNs(time + BigInt(taiMinusUtc) * NS_PER_S);

/** The first whole second at or after the instant: what `block.timestamp` must reach. */
export const ceilSeconds = (time: UnixNs): bigint => (time + NS_PER_S - 1n) / NS_PER_S;

/** Milliseconds with three digits, for people and for reports; never used in a calculation. */
export const toMs = (duration: bigint): number => Math.round(Number(duration) / 1e3) / 1e3;

/**
 * ISO 8601 in UTC with `Z`, 0 to 9 fraction digits, truncated (never rounded up into the future).
 * Calendar by the days-from-civil method (H. Hinnant, "chrono-compatible low-level date algorithms").
 */
export function toIso8601(time: UnixNs, digits = 9): string {
  if (!Number.isInteger(digits) || digits < 0 || digits > 9)
    throw new ChronoError("input/out-of-range", { what: "fraction digits", value: String(digits), range: "0 to 9" });
  const seconds = time / NS_PER_S;
  const days = Number(seconds / 86_400n) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const inDay = Number(seconds % 86_400n);
  const fraction =
    digits === 0
      ? ""
      : `.${String(time % NS_PER_S)
          .padStart(9, "0")
          .slice(0, digits)}`;
  const clock = `${pad(Math.floor(inDay / 3_600))}:${pad(Math.floor(inDay / 60) % 60)}:${pad(inDay % 60)}`;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock}${fraction}Z`;
}
