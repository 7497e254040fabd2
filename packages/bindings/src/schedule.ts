/** `Schedule.clock`: which clock both bounds are held against. */
export const CLOCK = { block: 0, attested: 1 } as const;

/** The struct as viem takes and gives it. Times are UTC nanoseconds, amounts wei. */
export type Schedule = {
  readonly owner: `0x${string}`;
  readonly target: `0x${string}`;
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  readonly clock: number;
  readonly gasLimit: number;
  readonly maxBaseFee: bigint;
  readonly value: bigint;
  readonly reward: bigint;
  readonly rewardFloor: bigint;
  readonly salt: bigint;
};
