import { setImmediate, setTimeout } from "node:timers/promises";
import type { ArrivalClock } from "../context.ts";

/** Lets requests, timers and looks at the nodes have their turn: answers of the embedded database alone give them none. */
export const giveWay = (): Promise<void> => setImmediate();

const PAUSE_MS = 50;
const MOST_PAUSES = 100;

/** After long work the looks at the nodes may be stale: waits up to five seconds until they agree again. */
export async function timeIsKnown(arrival: ArrivalClock): Promise<void> {
  for (let pauses = 0; arrival.now() === undefined && pauses < MOST_PAUSES; pauses++) await setTimeout(PAUSE_MS);
}
