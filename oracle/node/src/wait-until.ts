import { ChronoError, NS_PER_MS } from "@chronoledger/core";

/** Timers fire up to a millisecond late; the rest is polled, letting other work in between. */
const POLL_WITHIN_NS = 2n * NS_PER_MS;
const MAX_TIMER_MS = 2_000;

/** Resolves once `remaining` has come down to zero; rejects when it throws or the signal aborts. In nanoseconds. */
export type WaitUntil = (remaining: () => bigint, signal: AbortSignal) => Promise<void>;

/** Precise to some microseconds on a quiet machine; asks again after each timer, so a clock that is set is noticed. */
export const waitUntil: WaitUntil = (remaining, signal) =>
  new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        if (signal.aborted) throw new ChronoError("process/failed", { reason: "asked to stop while waiting" });
        const left = remaining();
        if (left <= 0n) resolve();
        else if (left <= POLL_WITHIN_NS) setImmediate(look);
        else setTimeout(look, Math.min(MAX_TIMER_MS, Number((left - POLL_WITHIN_NS) / NS_PER_MS) + 1));
      } catch (error) {
        reject(error);
      }
    };
    look();
  });
