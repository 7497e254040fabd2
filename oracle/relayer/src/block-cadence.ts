import { NS_PER_S } from "@chronoledger/core";

const MOST_NS = 30n * NS_PER_S;

/** How far apart blocks come, from their arrival: timestamps are whole seconds, and some chains have several blocks in one. */
export class BlockCadence {
  #interval = NS_PER_S;
  #last: { number: number; at: bigint } | undefined;

  get interval(): bigint {
    return this.#interval;
  }

  /** @param at monotonic time of arrival. */
  note(head: { readonly number: number }, at: bigint): void {
    const last = this.#last;
    if (last !== undefined && head.number <= last.number) return;
    this.#last = { number: head.number, at };
    if (last === undefined) return;
    const seen = (at - last.at) / BigInt(head.number - last.number);
    const smoothed = this.#interval + (seen - this.#interval) / 4n;
    this.#interval = smoothed < MOST_NS ? smoothed : MOST_NS;
  }
}
