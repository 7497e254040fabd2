import type { Run } from "./run.ts";
import { eligibleSecondOf, isAttested, isRetried, notBeforeOf } from "./run.ts";

/** What the chain says of the block that executed a run, and of those before it. */
export type Surroundings = {
  readonly blockNumber: number;
  /** Seconds. */
  readonly blockTimestamp: bigint;
  readonly parentTimestamp: bigint;
  /** UTC ns as the oracle had it after the grandparent; undefined when it could not be asked. Attested clock only. */
  readonly attestedBeforeParent?: bigint | undefined;
};

/**
 * Whether the block is the first that could have executed the run. Block clock: its timestamp reaches notBefore and its parent's did
 * not. Attested clock: attested time reached notBefore in its parent (or in itself): nobody can see it earlier. A run that
 * was due when it was scheduled belongs into the next block. Null: time alone did not decide, and nobody looked.
 */
export function isFirstEligible(run: Run, at: Surroundings): boolean | null {
  if (at.blockNumber - run.scheduledBlock <= 1) return true;
  const first = isFirstByTime(run, at);
  return first === false && (run.extras?.hasCondition === true || isRetried(run)) ? null : first;
}

function isFirstByTime(run: Run, at: Surroundings): boolean | null {
  if (!isAttested(run)) return at.parentTimestamp < eligibleSecondOf(run) && eligibleSecondOf(run) <= at.blockTimestamp;
  return at.attestedBeforeParent === undefined ? null : at.attestedBeforeParent < notBeforeOf(run);
}
