import { createDemonstration, firstDeadline } from "./demonstration.ts";
import type { Network } from "./network.ts";
import type { DevnetOptions } from "./options.ts";
import { faultsOf, makeReport, type Report } from "./report.ts";
import { takeSnapshot } from "./snapshot.ts";
import type { SolanaTasks } from "./solana/tasks.ts";

/** A demonstration that has not ended this long after its last deadline has failed. */
const GRACE_S = 60;

/** Registers the schedules, waits until the chain says that all have run, and judges. */
export async function demonstrateOnce(
  network: Network,
  options: DevnetOptions,
  hooks: { readonly stop: AbortSignal; readonly progress: (line: string) => void },
): Promise<{ readonly report: Report; readonly faults: readonly string[] }> {
  const { ports, addresses, clock, rpcUrl, genesis, solana } = network;
  const demo = createDemonstration({ rpcUrl, user: genesis.user.account, addresses, clock });
  const signal = AbortSignal.any([hooks.stop, AbortSignal.timeout((options.seconds + GRACE_S) * 1_000)]);
  const from = firstDeadline(clock);
  await Promise.all([
    demo.register(demo.planMany(options.schedules, options.seconds, from), signal),
    solana?.tasks.queueMany(Math.ceil(options.schedules / 2), options.seconds, from, signal),
  ]);
  hooks.progress(`${demo.size} schedules registered, due over ${options.seconds} s`);
  let shown = 0;
  await demo.untilAllExecuted(signal, (executed) => {
    if (executed !== shown) hooks.progress(`  ${executed} of ${demo.size} executed`);
    shown = executed;
  });
  const tasks = solana === undefined ? undefined : await untilGone(solana.tasks, signal);
  const [results, calls, snapshot] = await Promise.all([
    demo.results(),
    demo.calls(),
    takeSnapshot(ports, 2 * options.schedules),
  ]);
  const report = makeReport({
    certificates: snapshot.aggregator?.certificates ?? 0,
    submitted: snapshot.relayer?.submitted ?? 0,
    schedules: demo.size,
    results,
    runs: snapshot.runs,
    solana: tasks && {
      tasks: tasks.queued,
      gone: tasks.gone,
      runs: tasks.paid,
      inFirstEligibleSlot: snapshot.solana.runs.filter((run) => run.firstEligible === true).length,
    },
  });
  return { report, faults: hooks.stop.aborted ? ["stopped before the end"] : faultsOf(report, calls) };
}

/** Its chain may be down for a while, and will be back. */
async function untilGone(tasks: SolanaTasks, signal: AbortSignal) {
  let seen = { queued: 0, gone: 0, paid: 0 };
  while (!signal.aborted && (seen.queued === 0 || seen.gone < seen.queued))
    seen = await tasks.outcome().catch(() => seen);
  return seen;
}
