import { createDemonstration, firstDeadline } from "./demonstration.ts";
import type { Network } from "./network.ts";
import type { DevnetOptions } from "./options.ts";
import type { Ports } from "./ports.ts";
import { faultsOf, makeReport, type Report, spread } from "./report.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { SLOT_MS } from "./solana/services.ts";
import type { SolanaTasks } from "./solana/tasks.ts";

/** A demonstration that has not ended this long after its last deadline has failed. */
const GRACE_S = 60;
/** A run is confirmed in the slot after its own; a keeper that was killed meanwhile has forgotten it. */
const PLACED_LOOKS = 12;

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
    takeSettledSnapshot(ports, 2 * options.schedules, tasks?.queued ?? 0),
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
      slotLatenessMs: spread(
        snapshot.solana.runs.flatMap(({ clock, blockLatenessNs }) =>
          clock === "block" && blockLatenessNs !== null ? [blockLatenessNs] : [],
        ),
      ),
    },
  });
  return { report, faults: hooks.stop.aborted ? ["stopped before the end"] : faultsOf(report, calls) };
}

/** Of what the keeper on Solana has placed in its blocks: it asks for that in the slots behind the last run. */
async function takeSettledSnapshot(ports: Ports, limit: number, tasks: number): Promise<Snapshot> {
  let snapshot = await takeSnapshot(ports, limit);
  const placed = () => snapshot.solana.runs.filter(({ firstEligible }) => firstEligible !== null).length;
  for (let looks = 0; looks < PLACED_LOOKS && placed() < tasks; looks++) {
    await new Promise((resolve) => setTimeout(resolve, SLOT_MS));
    snapshot = await takeSnapshot(ports, limit);
  }
  return snapshot;
}

/** Its chain may be down for a while, and will be back. */
async function untilGone(tasks: SolanaTasks, signal: AbortSignal) {
  let seen = { queued: 0, gone: 0, paid: 0 };
  while (!signal.aborted && (seen.queued === 0 || seen.gone < seen.queued))
    seen = await tasks.outcome().catch(() => seen);
  return seen;
}
