import { NS_PER_S, unixNs } from "@chronoledger/core";
import { createDemonstration } from "./demonstration.ts";
import type { Network } from "./network.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { renderView } from "./view.ts";

const REFRESH_MS = 300;
const RUNS_ASKED = 200;
const PLAIN_EVERY_NS = 5n * NS_PER_S;
const SCHEDULE_EVERY_NS = 2n * NS_PER_S;
const AHEAD_NS = 4n * NS_PER_S;
/** A prime: deadlines wander through the second. */
const STRIDE_NS = 7_919_113n;
const ATTESTED_EVERY = 4n;
/** One task for so many schedules. */
const SOLANA_EVERY = 2n;
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

const plainLine = (snapshot: Snapshot): string => {
  const executed = snapshot.runs.filter((run) => run.outcome === "executed").length;
  const [made, submitted] = [snapshot.aggregator?.certificates ?? "?", snapshot.relayer?.submitted ?? "?"];
  return `certificates ${made}, submitted ${submitted}, executed ${executed} of the last ${snapshot.runs.length} schedules${solanaPart(snapshot)}`;
};
const solanaPart = ({ solana: { relayer, runs } }: Snapshot): string =>
  relayer === undefined
    ? ""
    : `; Solana: submitted ${relayer.submitted}, executed ${runs.filter((run) => run.outcome === "executed").length} of ${runs.length} tasks`;

/** Registers a schedule every other second and shows what the network says, until it is told to stop: a screen, or lines in a pipe. */
export async function showLive(network: Network, stop: AbortSignal, say: (line: string) => void): Promise<void> {
  const { ports, addresses, clock, rpcUrl, genesis, processes, notes, solana } = network;
  const demo = createDemonstration({ rpcUrl, user: genesis.user.account, addresses, clock });
  const screen = process.stdout.isTTY === true;
  let nextSchedule = clock.monotonicNow() as bigint;
  let nextLine = nextSchedule;
  let count = 0n;
  if (screen) process.stdout.write(ENTER);
  try {
    while (!stop.aborted) {
      const now = clock.monotonicNow();
      if (now >= nextSchedule) {
        nextSchedule = now + SCHEDULE_EVERY_NS;
        count++;
        const notBefore = unixNs(clock.utcNow() + AHEAD_NS + ((count * STRIDE_NS) % NS_PER_S));
        // The chain may be down for a moment; the next one is tried all the same.
        demo.register([demo.plan(notBefore, count % ATTESTED_EVERY === 0n)], stop).catch(() => undefined);
        const clockOf = count % ATTESTED_EVERY === 0n ? "attested" : "chain";
        if (count % SOLANA_EVERY === 0n) solana?.tasks.queue(notBefore, clockOf).catch(() => undefined);
      }
      const snapshot = await takeSnapshot(ports, RUNS_ASKED);
      if (screen)
        process.stdout.write(
          renderView({ snapshot, processes, notes, solana: solana !== undefined, width: process.stdout.columns }),
        );
      else if (now >= nextLine) {
        nextLine = now + PLAIN_EVERY_NS;
        say(plainLine(snapshot));
      }
      await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
    }
  } finally {
    if (screen) process.stdout.write(LEAVE);
  }
}
