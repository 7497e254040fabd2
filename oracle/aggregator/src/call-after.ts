import { type DurationNs, NS_PER_MS } from "@chronoledger/core";

/** Calls back after that long, rounded up to milliseconds; when it is nothing, as soon as what has arrived by now was read. */
export function callAfter(delay: DurationNs, run: () => void): () => void {
  if (delay <= 0n) {
    const soon = setImmediate(run);
    return () => clearImmediate(soon);
  }
  const timer = setTimeout(run, Number((delay + NS_PER_MS - 1n) / NS_PER_MS));
  return () => clearTimeout(timer);
}
