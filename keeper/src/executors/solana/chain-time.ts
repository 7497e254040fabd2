import { NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";

/** What a slot's Clock sysvar showed, and when this machine heard of the slot. */
export type SlotSeen = { readonly slot: number; readonly unixSeconds: bigint; readonly at: UnixNs };

/** Slots that the estimate rests on, about 25 s: phases of slot and second repeat sooner, and the cluster's clock drifts. */
const KEPT = 64;
/** Bounds wider than this say less than that clocks agree. */
const TIGHT = NS_PER_S / 2n;
/** Weight of a new interval, as a divisor. */
const INERTIA = 8n;

/**
 * How the chain's whole seconds follow from this machine's clock. Every slot bounds their difference: its second has begun, and
 * not ended; slots together bound it to a fraction of a slot.
 */
export class ChainTime {
  readonly #margin: bigint;
  #interval: bigint;
  #seen: SlotSeen[] = [];

  /** @param guardMs what is expected to be eligible within this is sent: a slot lost costs more than a refusal's fee. */
  constructor(slotMs: number, guardMs: number) {
    this.#interval = BigInt(slotMs) * NS_PER_MS;
    this.#margin = BigInt(guardMs) * NS_PER_MS;
  }

  get newest(): SlotSeen | undefined {
    return this.#seen.at(-1);
  }

  /** Learned nanoseconds of a slot. */
  get interval(): bigint {
    return this.#interval;
  }

  /** Older slots than the newest are left out. @returns whether it was taken */
  observe(seen: SlotSeen): boolean {
    const last = this.newest;
    if (last !== undefined) {
      if (seen.slot <= last.slot) return false;
      const each = (seen.at - last.at) / BigInt(seen.slot - last.slot);
      // Slots that were heard of together, or after a pause, tell nothing.
      if (each > this.#interval / 4n && each < this.#interval * 4n) this.#interval += (each - this.#interval) / INERTIA;
    }
    this.#seen.push(seen);
    if (this.#seen.length > KEPT) this.#seen.shift();
    // The cluster's clock is a median of votes: what contradicts the newest is dropped.
    while (this.#seen.length > 1 && this.#bounds().low > this.#bounds().high) this.#seen.shift();
    return true;
  }

  /** Nanoseconds to add to this machine's UTC. */
  get skew(): bigint {
    if (this.#seen.length === 0) return 0n;
    const { low, high } = this.#bounds();
    if (high - low <= TIGHT) return (low + high) / 2n;
    return low > 0n ? low : high < 0n ? high : 0n;
  }

  /** The chain's time as the newest slot showed it. */
  get seen(): UnixNs {
    return unixNs((this.newest?.unixSeconds ?? 0n) * NS_PER_S);
  }

  /** What the next slot is expected to show. */
  get next(): UnixNs {
    const last = this.newest;
    if (last === undefined) return unixNs(0n);
    const time = ((last.at + this.#interval + this.skew + this.#margin) / NS_PER_S) * NS_PER_S;
    if (time < this.seen) return this.seen;
    return unixNs(time);
  }

  #bounds(): { readonly low: bigint; readonly high: bigint } {
    const least = this.#seen.map(({ unixSeconds, at }) => unixSeconds * NS_PER_S - at);
    least.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const low = least.at(-1) ?? 0n;
    const high = (least[0] ?? 0n) + NS_PER_S - 1n;
    return { low, high };
  }
}
