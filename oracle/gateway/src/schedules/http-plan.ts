import { NS_PER_MS } from "@chronoledger/core";

/** Attempts of one call of an address, at most. */
export const MAX_ATTEMPTS = 20;
const FIRST_DELAY_NS = 250n * NS_PER_MS;
const MOST_DELAY_NS = 30_000n * NS_PER_MS;

/** Doubled each time. Undefined: no more, because the window is over by then or there were enough. */
export function nextCall(attempts: number, now: bigint, deadline: bigint): bigint | undefined {
  if (attempts >= MAX_ATTEMPTS) return undefined;
  const doubled = FIRST_DELAY_NS << BigInt(Math.max(0, attempts - 1));
  const next = now + (doubled < MOST_DELAY_NS ? doubled : MOST_DELAY_NS);
  return next <= deadline ? next : undefined;
}

/** Whether the other side may take the same call later: it was not reached, is out of order, or asks to wait. */
export const mayTryAgain = (status: number | null): boolean =>
  status === null || status >= 500 || status === 408 || status === 425 || status === 429;

export const isTaken = (status: number | null): boolean => status !== null && status >= 200 && status < 300;
