import { NS_PER_MS } from "@chronoledger/core";

const FIRST_NS = 20n * NS_PER_MS;
const MOST_NS = 2_000n * NS_PER_MS;

/**
 * How long to wait after `failures` failed rounds in a row. Two aggregators that got in one another's way choose different times.
 * @param random in [0, 1).
 */
export function backOff(failures: number, random: number): bigint {
  const ceiling = FIRST_NS << BigInt(Math.min(failures, 20) - 1);
  const most = ceiling < MOST_NS ? ceiling : MOST_NS;
  return most / 10n + BigInt(Math.floor(random * Number((most * 9n) / 10n)));
}
