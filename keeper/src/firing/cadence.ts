import { MAX_U64, NS_PER_MS, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";

/** Heads that the estimates rest on. */
const WINDOW = 32;
/** Before so many heads nothing is taken for certain, unless the interval is configured. */
const HEADS_NEEDED = 3;
/** An interval that was learned is not exact: its error adds up over so many blocks. */
const PHASE_WINDOW = 8;
/** A chain that stamps by its clock when it seals announces a block within this time of its timestamp's second. */
const SEALING_LAG_MOST = NS_PER_S + 400n * NS_PER_MS;

/** Heads tell of a seal some time after it: the next block may be sealed this much earlier than they let expect. */
const OPENING_MARGIN = 4n * NS_PER_MS;

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export type Observation = {
  readonly number: number;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly arrival: UnixNs;
};

/**
 * What is known of a chain's rhythm: how far timestamps move at least from block to block, and when the next block is to be
 * expected. Learned from heads as they arrive, unless the interval is configured. Pure: time comes in with each head.
 */
export class BlockCadence {
  readonly #configured: number | undefined;
  readonly #seen: Observation[] = [];

  /** @param interval seconds between blocks, may be a fraction; undefined learns it. */
  constructor(interval?: number) {
    this.#configured = interval;
  }

  /** A block that takes the place of an older one puts the rhythm in question: what came after that is forgotten. */
  observe(head: Observation): void {
    while ((this.#seen.at(-1)?.number ?? -1) >= head.number) this.#seen.pop();
    this.#seen.push(head);
    if (this.#seen.length > WINDOW) this.#seen.shift();
  }

  /** Seconds; of the newest head. */
  get headTimestamp(): bigint | undefined {
    return this.#seen.at(-1)?.timestamp;
  }

  /** Seconds by which the next block's timestamp surely exceeds the head's; 0 when nothing is sure. */
  get leastStep(): bigint {
    const steps = this.#steps(({ timestamp }) => timestamp);
    if (this.#configured === undefined && (this.#seen.length < HEADS_NEEDED || steps.length === 0)) return 0n;
    // What was seen overrules what was configured when it is less.
    const most = this.#configured === undefined ? MAX_U64 : BigInt(Math.floor(this.#configured));
    return steps.reduce(lesser, most);
  }

  /** Between blocks, on the wall clock. */
  get interval(): bigint {
    if (this.#configured !== undefined) return BigInt(Math.round(this.#configured * 1e9));
    const gaps = this.#steps(({ arrival }) => arrival).sort((a, b) => (a < b ? -1 : 1));
    return gaps[gaps.length >> 1] ?? NS_PER_S;
  }

  /** Several blocks share a second, and each is stamped with the second in which it is sealed. */
  get #stampsWhenSealing(): boolean {
    if (this.#seen.length < HEADS_NEEDED) return false;
    return this.#seen.every(({ timestamp, arrival }) => {
      const lag = arrival - timestamp * NS_PER_S;
      return lag >= 0n && lag < SEALING_LAG_MOST;
    });
  }

  /**
   * From when on a transaction can no longer get into a block with a timestamp below `seconds`: "now", an instant, or undefined when
   * only a head to come can tell.
   */
  opensAt(seconds: bigint): UnixNs | "now" | undefined {
    const last = this.#seen.at(-1);
    if (last === undefined) return undefined;
    if (last.timestamp >= seconds || last.timestamp + this.leastStep >= seconds) return "now";
    if (this.leastStep > 0n || !this.#stampsWhenSealing) return undefined;
    const due = seconds * NS_PER_S;
    return this.#tick(last) + this.interval >= due + OPENING_MARGIN ? "now" : unixNs(due + NS_PER_MS);
  }

  /** When the first block with a timestamp of at least `seconds` is likely to be sealed, at the earliest that was seen of late; undefined: unknown. */
  expectedSeal(seconds: bigint): UnixNs | undefined {
    const last = this.#seen.at(-1);
    if (last === undefined || (this.#configured === undefined && this.#seen.length < HEADS_NEEDED)) return undefined;
    const step = this.leastStep;
    if (step === 0n) return this.#nextTick(last, seconds * NS_PER_S);
    const blocks = seconds <= last.timestamp ? 1n : (seconds - last.timestamp + step - 1n) / step;
    const lag = this.#seen.reduce(
      (least, { timestamp, arrival }) => {
        return lesser(least, arrival - timestamp * NS_PER_S);
      },
      last.arrival - last.timestamp * NS_PER_S,
    );
    return unixNs((last.timestamp + blocks * step) * NS_PER_S + lag);
  }

  /** When the newest head would have come without delay: heads come late, never early. */
  #tick(last: Observation): bigint {
    const { interval } = this;
    return this.#seen.slice(-PHASE_WINDOW).reduce((least, { number, arrival }) => {
      return lesser(least, arrival + BigInt(last.number - number) * interval);
    }, last.arrival as bigint);
  }

  #nextTick(last: Observation, due: bigint): UnixNs {
    const interval = this.interval > 0n ? this.interval : NS_PER_S;
    const tick = this.#tick(last);
    const ticks = due <= tick ? 1n : (due - tick + interval - 1n) / interval;
    return unixNs(tick + (ticks === 0n ? 1n : ticks) * interval);
  }

  /** Between neighbouring blocks that were both seen. */
  #steps(of: (observation: Observation) => bigint): bigint[] {
    return this.#seen.slice(1).flatMap((observation, i) => {
      const before = this.#seen[i] as Observation;
      return observation.number === before.number + 1 ? [of(observation) - of(before)] : [];
    });
  }
}
