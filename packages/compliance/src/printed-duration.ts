const UNITS = [
  [1_000_000_000n, "s"],
  [1_000_000n, "ms"],
  [1_000n, "µs"],
  [1n, "ns"],
] as const;

/** A duration in the largest unit that keeps it at or above 1, with up to three digits after the point, rounded up. */
export function printedNs(value: bigint | null): string {
  if (value === null) return "–";
  const [unit, name] = UNITS.find(([size]) => value >= size) ?? [1n, "ns"];
  // Up: a divergence must not look smaller than it is.
  const thousandths = (value * 1_000n + unit - 1n) / unit;
  const fraction = String(thousandths % 1_000n)
    .padStart(3, "0")
    .replace(/0+$/, "");
  return `${thousandths / 1_000n}${fraction && "."}${fraction} ${name}`;
}

const LONG_UNITS = [
  [86_400n, "d"],
  [3_600n, "h"],
  [60n, "min"],
  [1n, "s"],
] as const;

/** A length of time in days, hours, minutes and seconds, rounded up to the second; below a second as {@link printedNs}. */
export function printedLength(value: bigint): string {
  if (value < 1_000_000_000n) return printedNs(value);
  let left = (value + 999_999_999n) / 1_000_000_000n;
  const parts: string[] = [];
  for (const [size, name] of LONG_UNITS) {
    if (left >= size) parts.push(`${left / size} ${name}`);
    left %= size;
  }
  return parts.join(" ");
}
