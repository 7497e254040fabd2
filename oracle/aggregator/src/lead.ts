import { type DurationNs, durationNs } from "@chronoledger/core";

const MARGIN_NS = 500_000n;
const LEAST_NS = 1_000_000n;
/** With 4, one round in five came too late on a busy machine that stamped all the time; a lead that is too long costs less. */
const FALL_DIVISOR = 16n;

/**
 * How far ahead of its sending an appointed instant lies: as long as the statement needs to reach the k-th node, taken as three
 * quarters of the way there and back. Rises at once and falls slowly.
 */
export class AdaptiveLead {
  readonly #most: bigint;
  #value: bigint;

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
    const target = this.#clamp((kth * 3n) / 4n + MARGIN_NS);
    this.#value = target > this.#value ? target : this.#value - (this.#value - target) / FALL_DIVISOR;
  }

  /** A statement came too late at a node. */
  wasTooShort(): void {
    this.#value = this.#clamp(this.#value * 2n);
  }

  #clamp(value: bigint): bigint {
    if (value < LEAST_NS) return LEAST_NS < this.#most ? LEAST_NS : this.#most;
    return value > this.#most ? this.#most : value;
  }
}
