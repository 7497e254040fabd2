/** ISO 8601 by way of Date, which is exact to the millisecond; the rest of the fraction is appended. */
function iso(unixNs: bigint): { iso0: string; iso3: string; iso9: string } {
  const text = new Date(Number(unixNs / 1_000_000n)).toISOString();
  const below = String(unixNs % 1_000_000n).padStart(6, "0");
  return { iso0: `${text.slice(0, 19)}Z`, iso3: text, iso9: `${text.slice(0, 23)}${below}Z` };
}

const SECOND = 1_000_000_000n;
const at = (text: string, ns = 0n): bigint => BigInt(Date.parse(text)) * 1_000_000n + ns;

export function timeVectors() {
  const instants: [string, bigint][] = [
    ["zero", 0n],
    ["one nanosecond", 1n],
    ["the last nanosecond of the first second", SECOND - 1n],
    ["the first whole second", SECOND],
    ["a leap day", at("2024-02-29T23:59:59.999Z", 999_999n)],
    ["the day after a leap day", at("2024-03-01T00:00:00Z")],
    ["the day after 28 February, no leap year", at("2023-03-01T00:00:00Z")],
    ["2000 was a leap year", at("2000-02-29T12:00:00Z", 5n)],
    ["2100 is not", at("2100-02-28T23:59:59.999Z", 999_999n)],
    ["2100, the next nanosecond", at("2100-03-01T00:00:00Z")],
    ["2400 is a leap year", at("2400-02-29T01:02:03.004Z", 5_006n)],
    ["end of a year", at("2025-12-31T23:59:59.999Z", 999_999n)],
    ["start of a year", at("2026-01-01T00:00:00Z")],
    ["an odd nanosecond", at("2026-11-25T02:22:17.123Z", 456_789n)],
    ["the greatest", 2n ** 64n - 1n],
  ];
  const scales: [string, bigint, number][] = [
    ["since 2017", at("2017-01-01T00:00:00Z"), 37],
    ["before 2017", at("2016-12-31T23:59:59Z"), 36],
    ["no offset", 5n, 0],
    ["a negative offset", 40n * SECOND, -32],
    ["zero UTC", 0n, 37],
  ];
  return {
    instants: instants.map(([name, unixNs]) => ({
      name,
      unixNs: String(unixNs),
      ...iso(unixNs),
      ceilSeconds: String(unixNs / SECOND + (unixNs % SECOND === 0n ? 0n : 1n)),
    })),
    scales: scales.map(([name, unixNs, taiMinusUtc]) => ({
      name,
      unixNs: String(unixNs),
      taiMinusUtc,
      taiNs: String(unixNs + BigInt(taiMinusUtc) * SECOND),
    })),
  };
}
