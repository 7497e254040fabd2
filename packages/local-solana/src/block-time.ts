import { NS_PER_S } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";

/** The time of blocks, in whole seconds: the clock's rounded down and never falling, or set by hand. */
export class BlockTime {
  readonly #clock: Clock;
  #byHand: bigint | undefined;

  /** @param byHand seconds since 1970 UTC; undefined follows the clock. */
  constructor(clock: Clock, byHand?: bigint) {
    this.#clock = clock;
    this.#byHand = byHand;
  }

  set(byHand: bigint | undefined): void {
    this.#byHand = byHand;
  }

  /** @param previous of the block before; 0 for none. */
  next(previous: bigint): bigint {
    if (this.#byHand !== undefined) return this.#byHand;
    const now = this.#clock.utcNow() / NS_PER_S;
    return now > previous ? now : previous;
  }
}
