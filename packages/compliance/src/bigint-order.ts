// Math.min, Math.max and a plain sort() know no bigint.
export const larger = <T extends bigint>(a: T, b: T): T => (a < b ? b : a);
export const smaller = <T extends bigint>(a: T, b: T): T => (b < a ? b : a);
export const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
export const inTime = (a: { readonly timeUtcNs: bigint }, b: { readonly timeUtcNs: bigint }): number =>
  ascending(a.timeUtcNs, b.timeUtcNs);
