import type { KeeperContext } from "../../context.ts";
import { isRetried, type Run } from "../../planner/run.ts";
import { encodeExecute, executeGas } from "./execute-call.ts";
import type { Reason } from "./reason.ts";
import { type SimulatedCall, simulateExecute } from "./simulate.ts";

/** A word that is false. */
const FALSE = /^0x0{64}$/;

/** Why a run cannot go on now; a block to come may change it. */
const PASSING = ["ScheduleConditionFalse", "ScheduleUnderfunded", "TargetReverts"];
export const mayPass = ({ name }: Reason): boolean => PASSING.includes(name);

/** The call that executes a run, from this keeper's account. */
export const callOf = ({ txm, scheduler }: Pick<KeeperContext, "txm" | "scheduler">, run: Run): SimulatedCall => ({
  from: txm.address,
  to: scheduler,
  data: encodeExecute(run),
  gas: executeGas(run),
});

/**
 * What would refuse the run in the next block, stamped `timestamp` (seconds; undefined: as it is now). A revert of the target counts where
 * it would leave the run open: such an attempt is not paid.
 * @throws rpc/unavailable
 */
export async function refusalOf(
  context: Pick<KeeperContext, "txm" | "scheduler" | "chain">,
  run: Run,
  timestamp?: bigint,
): Promise<Reason | undefined> {
  const simulation = await simulateExecute(context.chain, callOf(context, run), timestamp);
  if (!simulation.ok) return simulation.reason;
  if (!isRetried(run) || !FALSE.test(simulation.returned)) return undefined;
  return { name: "TargetReverts", text: "the target would revert" };
}
