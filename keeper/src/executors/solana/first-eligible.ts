import { NS_PER_S } from "@chronoledger/core";
import type { BlockTimes } from "./chain-port.ts";
import type { TaskRun } from "./task-run.ts";

/**
 * Whether the block of a run is the first that could have had it. By the chain's clock: its second reaches notBefore and its parent's
 * did not. By attested time: the instant was accepted in its parent at the earliest, since nobody sees it sooner. Null: not known.
 *
 * @param reachedSlot in which a certificate of notBefore or later was accepted first; undefined when that was not seen.
 */
export function isFirstEligible(
  run: Pick<TaskRun, "clock" | "notBefore">,
  block: BlockTimes,
  reachedSlot: number | undefined,
): boolean | null {
  if (run.clock === "chain")
    return block.parentUnixSeconds * NS_PER_S < run.notBefore && run.notBefore <= block.unixSeconds * NS_PER_S;
  return reachedSlot === undefined ? null : block.parentSlot <= reachedSlot;
}
