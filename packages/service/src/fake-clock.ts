import { type DurationNs, durationNs, type UnixNs, unixNs } from "@chronoledger/core";
import type { Clock, KernelClockState } from "./clock.ts";

/** A clock that tests move by hand. UTC may be stepped apart from the monotonic time. */
export class FakeClock implements Clock {
  readonly readUncertainty = durationNs(0n);
  kernel: KernelClockState | undefined;
  #utc: bigint;
  #monotonic = 0n;

  constructor(start: UnixNs, kernel?: KernelClockState) {
    this.#utc = start;
    this.kernel = kernel;
  }

  utcNow = (): UnixNs => unixNs(this.#utc);
  monotonicNow = (): DurationNs => durationNs(this.#monotonic);
  utcMinusMonotonic = (): DurationNs => durationNs(this.#utc - this.#monotonic);
  kernelState = (): KernelClockState | undefined => this.kernel;

  /** Time passes. */
  advance(by: bigint): void {
    this.#utc += by;
    this.#monotonic += by;
  }

  /** Somebody sets the clock: UTC jumps, the monotonic time does not. */
  step(by: bigint): void {
    this.#utc += by;
  }
}
