/** Wei per gas. */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

/** Nodes refuse a replacement that does not raise both fields by this much (geth's default price bump, in percent). */
const REPLACEMENT_PERCENT = 10n;
/** How many replacements the time left is divided into, at most. */
const BUMPS_PLANNED = 12;
const FACTOR_LEAST = 1.125;
const FACTOR_MOST = 2;
/** The base fee rises by an eighth a block at most: six full blocks double it. */
const BASE_FEE_HEADROOM = 2n;

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** The first offer: room for the base fee to double, never above the cap. */
export function firstFees(options: { baseFee: bigint; suggestedTip: bigint; minTip: bigint; cap: bigint }): Fees {
  const tip = min(max(options.suggestedTip, options.minTip), options.cap);
  return { maxFeePerGas: min(options.baseFee * BASE_FEE_HEADROOM + tip, options.cap), maxPriorityFeePerGas: tip };
}

/** The least that a node takes in place of `previous`. */
export const leastReplacement = (previous: Fees): Fees => ({
  maxFeePerGas: raise(previous.maxFeePerGas),
  maxPriorityFeePerGas: raise(previous.maxPriorityFeePerGas),
});
const raise = (value: bigint): bigint => (value * (100n + REPLACEMENT_PERCENT) + 99n) / 100n;

export type BumpSituation = {
  readonly current: Fees;
  readonly baseFee: bigint;
  /** Heads since the current fees were sent. The first may have been sealed before. */
  readonly headsWaited: number;
  /** Blocks until notAfter. */
  readonly blocksLeft: number;
  readonly cap: bigint;
};

/**
 * Fees follow the deadline: with much time left a replacement is rare and small, towards the end it comes every block and reaches
 * the cap in the last. Undefined: wait.
 */
export function nextFees(situation: BumpSituation): Fees | undefined {
  const { current, baseFee, headsWaited, blocksLeft, cap } = situation;
  const every = Math.max(1, Math.floor(blocksLeft / BUMPS_PLANNED));
  const cannotGetIn = current.maxFeePerGas < baseFee + current.maxPriorityFeePerGas / 2n;
  if (headsWaited < 2 || (headsWaited <= every && !cannotGetIn)) return undefined;
  const bumpsLeft = Math.max(1, Math.min(BUMPS_PLANNED, blocksLeft));
  const wanted = (Number(cap) / Number(max(current.maxFeePerGas, 1n))) ** (1 / bumpsLeft);
  const factor = BigInt(Math.round(Math.min(FACTOR_MOST, Math.max(FACTOR_LEAST, wanted)) * 1_000));
  const least = leastReplacement(current);
  const tip = max(least.maxPriorityFeePerGas, (current.maxPriorityFeePerGas * factor) / 1_000n);
  const room = max(baseFee * BASE_FEE_HEADROOM + tip, (current.maxFeePerGas * factor) / 1_000n);
  const maxFeePerGas = min(max(least.maxFeePerGas, room), cap);
  if (maxFeePerGas < least.maxFeePerGas) return undefined;
  const maxPriorityFeePerGas = min(tip, maxFeePerGas);
  return maxPriorityFeePerGas < least.maxPriorityFeePerGas ? undefined : { maxFeePerGas, maxPriorityFeePerGas };
}

/** What an empty transaction offers to take the nonce from `previous`: replaceable, and able to get into the next blocks. */
export function cancelFees(previous: Fees, baseFee: bigint): Fees {
  const least = leastReplacement(previous);
  return {
    maxFeePerGas: max(least.maxFeePerGas, baseFee * BASE_FEE_HEADROOM + least.maxPriorityFeePerGas),
    maxPriorityFeePerGas: least.maxPriorityFeePerGas,
  };
}
