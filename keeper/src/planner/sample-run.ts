import { NS_PER_S, unixNs } from "@chronoledger/core";
import { newRun, type Run } from "./run.ts";

/** For tests: a run on the block clock, due at 1,800,000,000.5 s. */
export const sampleRun = (fields: Partial<Run> = {}): Run => ({
  ...newRun(
    {
      id: `0x${"12".repeat(32)}`,
      generation: 1,
      number: 0,
      extras: null,
      data: "0xd09de08a",
      scheduledBlock: 10,
      schedule: {
        owner: `0x${"aa".repeat(20)}`,
        target: `0x${"bb".repeat(20)}`,
        notBefore: 1_800_000_000n * NS_PER_S + NS_PER_S / 2n,
        notAfter: 1_800_000_030n * NS_PER_S,
        grace: 0n,
        clock: 0,
        gasLimit: 60_000,
        maxBaseFee: 500_000_000_000n,
        value: 0n,
        reward: 10n ** 15n,
        rewardFloor: 0n,
        extras: `0x${"00".repeat(32)}`,
        salt: `0x${"00".repeat(31)}01`,
      },
    },
    unixNs(1_799_999_990n * NS_PER_S),
  ),
  ...fields,
});
