const UNITS = [
  [1_000_000_000n, "s"],
  [1_000_000n, "ms"],
  [1_000n, "µs"],
  [1n, "ns"],
] as const;
const LONG = [
  [86_400n, "d"],
  [3_600n, "h"],
  [60n, "min"],
] as const;

/** Exact: 1234567n is "1.234567 ms". From a minute on by larger units, "2 h 3 min 4 s" and so on. A minus sign for what is negative. */
export function formatDuration(ns: bigint): string {
  if (ns < 0n) return `−${formatDuration(-ns)}`;
  const whole = ns / 1_000_000_000n;
  if (whole >= 60n) {
    const parts: string[] = [];
    let rest = whole;
    for (const [size, unit] of LONG) {
      if (rest >= size) parts.push(`${rest / size} ${unit}`);
      rest %= size;
    }
    const seconds = rest * 1_000_000_000n + (ns % 1_000_000_000n);
    return [...parts, ...(seconds === 0n ? [] : [formatDuration(seconds)])].join(" ");
  }
  const [size, unit] = UNITS.find(([each]) => ns >= each) ?? [1n, "ns"];
  const fraction = String(ns % size)
    .padStart(String(size).length - 1, "0")
    .replace(/0+$/, "");
  return `${ns / size}${size > 1n && fraction !== "" ? `.${fraction}` : ""} ${unit}`;
}
