import { type DurationNs, durationNs, NS_PER_MS } from "@chronoledger/core";

/** The nodes are left alone between two batches for that part of what a round takes, so that one process never uses them up. */
const PAUSE_DIVISOR = 4n;
const LEAST_PAUSE_NS = 2n * NS_PER_MS;
const MOST_PAUSE_NS = 50n * NS_PER_MS;
/** The part of a new observation in the moving average. */
const MEAN_DIVISOR = 8n;

/** When the next batch may be closed. Times are the monotonic clock's. */
export class BatchPace {
  #mean: bigint | undefined;
  #readyAt = 0n;

  /** Between the end of a round and the next batch, 2 to 50 ms. */
  get pause(): DurationNs {
    const part = (this.#mean ?? 0n) / PAUSE_DIVISOR;
    return durationNs(part < LEAST_PAUSE_NS ? LEAST_PAUSE_NS : part > MOST_PAUSE_NS ? MOST_PAUSE_NS : part);
  }
  get readyAt(): bigint {
    return this.#readyAt;
  }

  /** @param took from closing the batch to its certificate; undefined when there is none. */
  ended(now: DurationNs, took: DurationNs | undefined): void {
    if (took !== undefined)
      this.#mean = this.#mean === undefined ? took : this.#mean + (took - this.#mean) / MEAN_DIVISOR;
    this.#readyAt = now + this.pause;
  }
}
