import { type DurationNs, durationNs } from "@chronoledger/core";

const MARGIN_NS = 500_000n;
const LEAST_NS = 1_000_000n;
const FALL_DIVISOR = 16n;
/** What failed a moment ago fails again: a lead that falls back to it within 20 rounds makes every 20th round fail. */
const FLOOR_FALL_DIVISOR = 256n;
const [ABOVE_FAILED_NUMERATOR, ABOVE_FAILED_DIVISOR] = [5n, 4n];

/**
 * How far ahead of its sending an appointed instant lies: as long as the statement needs to reach the k-th node, taken as three
 * quarters of the way there and back. Rises at once and falls slowly, and more slowly near a lead that was too short.
 */
export class AdaptiveLead {
  readonly #most: bigint;
  #value: bigint;
  /** A little above the lead that failed last. */
  #floor = 0n;

  /** @param most the policy's lead. */
  constructor(initial: DurationNs, most: DurationNs) {
    // A node judges the lead by its own clock: half leaves room for the difference.
    this.#most = most / 2n > 0n ? most / 2n : 1n;
    this.#value = this.#clamp(initial);
  }

  get value(): DurationNs {
    return durationNs(this.#value);
  }

  /** @param delays there and back, of the nodes that answer. @param k signatures needed. */
  observe(delays: readonly DurationNs[], k: number): void {
    const sorted = [...delays].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const kth = sorted[k - 1];
    if (kth === undefined) return;
    this.#floor -= this.#floor / FLOOR_FALL_DIVISOR;
    const wanted = (kth * 3n) / 4n + MARGIN_NS;
    const target = this.#clamp(wanted > this.#floor ? wanted : this.#floor);
    this.#value = target > this.#value ? target : this.#value - (this.#value - target) / FALL_DIVISOR;
  }

  /** A statement came too late at a node. */
  wasTooShort(): void {
    this.#floor = this.#clamp((this.#value * ABOVE_FAILED_NUMERATOR) / ABOVE_FAILED_DIVISOR);
    this.#value = this.#clamp(this.#value * 2n);
  }

  #clamp(value: bigint): bigint {
    if (value < LEAST_NS) return LEAST_NS < this.#most ? LEAST_NS : this.#most;
    return value > this.#most ? this.#most : value;
  }
}
