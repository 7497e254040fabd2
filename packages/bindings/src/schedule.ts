/** `Schedule.clock`: which clock both bounds are held against. */
export const CLOCK = { block: 0, attested: 1, certificate: 2 } as const;

/** The struct as viem takes and gives it. Times are UTC nanoseconds, amounts wei. */
export type Schedule = {
  readonly owner: `0x${string}`;
  readonly target: `0x${string}`;
  readonly gasLimit: number;
  readonly value: bigint;
  readonly maxBaseFee: bigint;
  readonly reward: bigint;
  readonly grace: bigint;
  readonly rewardFloor: bigint;
  readonly clock: number;
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** keccak256 of the encoded extras; zero for a plain schedule. */
  readonly extras: `0x${string}`;
  readonly salt: `0x${string}`;
};
