// Math.min and Math.max know no bigint.
export const smaller = (a: bigint, b: bigint): bigint => (b < a ? b : a);
export const larger = (a: bigint, b: bigint): bigint => (a < b ? b : a);
