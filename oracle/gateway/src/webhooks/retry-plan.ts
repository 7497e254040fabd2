import { NS_PER_S } from "@chronoledger/core";

/** Seconds from an attempt to the next one, as www.standardwebhooks.com proposes; the first is at once. */
export const RETRY_DELAYS_S = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** A webhook that took nothing for so long is disabled. */
export const DISABLE_AFTER_NS = 5n * 86_400n * NS_PER_S;
/** Attempts that a delivery's log keeps, counting those that were asked for by hand. */
export const MAX_LOGGED_ATTEMPTS = 50;

/** When to try again after so many attempts failed; undefined: no more. Nanoseconds of UTC. */
export function nextAttempt(attempts: number, now: bigint): bigint | undefined {
  const delay = RETRY_DELAYS_S[attempts];
  return delay === undefined ? undefined : now + BigInt(delay) * NS_PER_S;
}
