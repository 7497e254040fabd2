import { createHash } from "node:crypto";
import { ChronoError, NS_PER_S, type TaiNs, type UnixNs } from "@chronoledger/core";

/** From this UTC second on, TAI is ahead of UTC by `taiMinusUtc` seconds. */
type LeapEntry = { readonly utc: bigint; readonly taiMinusUtc: number };

export type LeapTable = {
  readonly entries: readonly LeapEntry[];
  /** After this UTC second nobody has said whether there was another leap second. */
  readonly expires: bigint;
};

export type TaiOffset = {
  readonly taiMinusUtc: number;
  /** Whether a second is inserted or left out within the next day. */
  readonly pending: "none" | "insert" | "delete";
};

/** 1900-01-01 to 1970-01-01, in seconds. */
const NTP_TO_UNIX = 2_208_988_800n;
const PENDING_WINDOW_S = 86_400n;

/** IERS Bulletin C: 37 s since 2017-01-01, no other leap second up to 2027-06-28. Before 2017 nothing is attested. */
export const BUILT_IN_LEAP_TABLE: LeapTable = {
  entries: [{ utc: 1_483_228_800n, taiMinusUtc: 37 }],
  expires: 1_814_140_800n,
};

/**
 * TAI minus UTC at an instant of UTC; undefined before the table begins, and within a second of a leap, where UTC as a count of
 * seconds is ambiguous or smeared.
 */
export function taiOffsetAt(table: LeapTable, utc: UnixNs): TaiOffset | undefined {
  const seconds = utc / NS_PER_S;
  const current = table.entries.findLast((entry) => entry.utc <= seconds);
  if (current === undefined) return undefined;
  const next = table.entries.find((entry) => entry.utc > seconds);
  const isFirst = current === table.entries[0];
  if (!isFirst && seconds - current.utc < 1n) return undefined;
  if (next !== undefined && next.utc - seconds <= 1n) return undefined;
  const soon = next !== undefined && next.utc - seconds <= PENDING_WINDOW_S;
  const pending = !soon ? "none" : next.taiMinusUtc > current.taiMinusUtc ? "insert" : "delete";
  return { taiMinusUtc: current.taiMinusUtc, pending };
}

/** TAI minus UTC at an instant of TAI: what a statement for that instant must carry. */
export function taiMinusUtcAt(table: LeapTable, tai: TaiNs): number | undefined {
  return table.entries.findLast((entry) => (entry.utc + BigInt(entry.taiMinusUtc)) * NS_PER_S <= tai)?.taiMinusUtc;
}

export const hasExpired = (table: LeapTable, utc: UnixNs): boolean => utc / NS_PER_S >= table.expires;

/** Reads the file of IERS and NIST, and checks its own hash (`#h`). @throws config/invalid */
export function parseLeapSeconds(text: string): LeapTable {
  const lines = text.split(/\r?\n/);
  const special = (mark: string) =>
    lines
      .find((line) => line.startsWith(mark))
      ?.slice(2)
      .trim();
  const updated = special("#$");
  const expires = special("#@");
  const data = lines.flatMap((line) => /^\s*(\d+)\s+(\d+)/.exec(line)?.slice(1, 3) ?? []);
  const stated = special("#h")
    ?.split(/\s+/)
    .map((word) => word.padStart(8, "0"))
    .join("");
  const found = createHash("sha1")
    .update(`${updated}${expires}${data.join("")}`)
    .digest("hex");
  if (updated === undefined || expires === undefined || data.length === 0 || stated !== found)
    throw new ChronoError(
      "config/invalid",
      { what: "leap-seconds.list" },
      { remedy: "the file is damaged: its hash does not fit" },
    );
  const entries: LeapEntry[] = [];
  for (let i = 0; i + 1 < data.length; i += 2)
    entries.push({ utc: BigInt(data[i] ?? 0) - NTP_TO_UNIX, taiMinusUtc: Number(data[i + 1]) });
  return { entries, expires: BigInt(expires) - NTP_TO_UNIX };
}
