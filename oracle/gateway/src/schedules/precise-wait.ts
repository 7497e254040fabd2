import { NS_PER_MS } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";

/** A timer of Node may be late by some milliseconds: it is set to end this much before. */
const COARSE_NS = 20n * NS_PER_MS;
/** From here on every turn of the event loop looks at the clock. */
const FINE_NS = 2n * NS_PER_MS;
/** Somebody may set the clock meanwhile: it is looked at this often. */
const MOST_MS = 100;

/** Ends when the clock reads the instant or later, never before; or at once when aborted. */
export async function waitUntil(
  clock: Pick<Clock, "utcNow">,
  instant: bigint,
  signal: Pick<AbortSignal, "aborted">,
): Promise<void> {
  for (;;) {
    const left = instant - clock.utcNow();
    if (left <= 0n || signal.aborted) return;
    if (left > COARSE_NS + NS_PER_MS) {
      const ms = Math.min(MOST_MS, Number((left - COARSE_NS) / NS_PER_MS));
      await new Promise((resolve) => setTimeout(resolve, ms));
    } else if (left > FINE_NS) await new Promise((resolve) => setTimeout(resolve, 1));
    else await new Promise((resolve) => setImmediate(resolve));
  }
}
