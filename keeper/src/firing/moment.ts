import { type UnixNs, unixNs } from "@chronoledger/core";
import type { BlockCadence } from "./cadence.ts";

const later = (a: UnixNs, b: UnixNs): UnixNs => (a > b ? a : b);

export type FiringMode = "precise" | "preposition";

export type Deadline = {
  readonly notBefore: UnixNs;
  /** The first whole second at or after notBefore: what block.timestamp must reach. */
  readonly eligibleSecond: bigint;
};

/** Undefined time: only a head to come can open the gate. */
export type Moment = { readonly time: UnixNs | undefined; readonly prepositioned: boolean };

/**
 * When to send. **The gate comes first**: never while the next block could still be one whose timestamp lies before notBefore.
 * - precise: at notBefore; later when the gate is still closed (then the moment it opens); earlier only when the first eligible block is
 *   expected to be sealed within `guard` after notBefore: then `guard` before that seal, so that it is not missed.
 * - preposition: as soon as the gate is open.
 */
export function momentToSend(
  deadline: Deadline,
  cadence: BlockCadence,
  now: UnixNs,
  options: { mode: FiringMode; guard: bigint },
): Moment {
  const { notBefore, eligibleSecond } = deadline;
  const opens = cadence.opensAt(eligibleSecond);
  if (opens === undefined) return { time: undefined, prepositioned: false };
  const open = opens === "now" ? now : opens;
  if (options.mode === "preposition") return { time: open, prepositioned: open < notBefore };
  const seal = cadence.expectedSeal(eligibleSecond);
  const tight = seal !== undefined && seal < notBefore + options.guard;
  const wanted = tight ? unixNs(seal - options.guard) : notBefore;
  const time = later(wanted, open);
  return { time, prepositioned: time < notBefore };
}
