import type { KeeperContext } from "../../context.ts";
import type { Run } from "../../planner/run.ts";
import { encodeExecute, executeGas } from "./execute-call.ts";
import type { SimulatedCall } from "./simulate.ts";

/** The call that executes a run, from this keeper's account. */
export const callOf = ({ txm, scheduler }: Pick<KeeperContext, "txm" | "scheduler">, run: Run): SimulatedCall => ({
  from: txm.address,
  to: scheduler,
  data: encodeExecute(run.schedule, run.data),
  gas: executeGas(run.schedule, run.data),
});
