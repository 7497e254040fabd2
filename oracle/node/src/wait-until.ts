import { ChronoError, NS_PER_MS } from "@chronoledger/core";

/** Timers are whole milliseconds and up to one late; the rest is slept in short pieces, letting other work in between. */
const PIECES_WITHIN_NS = 2n * NS_PER_MS;
const PIECE_NS = 250_000n;
const MAX_TIMER_MS = 2_000;

/** Resolves once `remaining` has come down to zero; rejects when it throws or the signal aborts. In nanoseconds. */
export type WaitUntil = (remaining: () => bigint, signal: AbortSignal) => Promise<void>;

const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps without using the processor: nodes that spun on a shared machine took it from one another. @param ns below a millisecond */
const sleep = (ns: bigint): void => void Atomics.wait(nobody, 0, 0, Number(ns) / 1e6);

/** Precise to about 0.1 ms on a quiet machine; asks again after each timer, so a clock that is set is noticed. */
export const waitUntil: WaitUntil = (remaining, signal) =>
  new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        if (signal.aborted) throw new ChronoError("process/failed", { reason: "asked to stop while waiting" });
        const left = remaining();
        if (left <= 0n) {
          resolve();
          return;
        }
        if (left > PIECES_WITHIN_NS) {
          setTimeout(look, Math.min(MAX_TIMER_MS, Number((left - PIECES_WITHIN_NS) / NS_PER_MS) + 1));
          return;
        }
        sleep(left < PIECE_NS ? left : PIECE_NS);
        setImmediate(look);
      } catch (error) {
        reject(error);
      }
    };
    look();
  });
