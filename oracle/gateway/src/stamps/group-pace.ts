import { NS_PER_MS } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";

/** Groups sent to the aggregator and not answered: one in the round, one behind it. */
const MOST = 2;
/**
 * The second group is sent when that part of the usual time of a certification has passed: then it lies at the aggregator when the
 * round before it ends, and holds nearly all that came meanwhile.
 */
const [FOLLOW_NUMERATOR, FOLLOW_DIVISOR] = [5n, 8n];
/** The part of a new observation in the moving average. */
const MEAN_DIVISOR = 8n;

/** When the next group may be sent to be certified. */
export class GroupPace {
  readonly #clock: Pick<Clock, "monotonicNow">;
  #underWay = 0;
  #sentAt = 0n;
  /** What a certification takes, a moving average in nanoseconds. */
  #usual = 0n;

  constructor(clock: Pick<Clock, "monotonicNow">) {
    this.#clock = clock;
  }

  /** Milliseconds until it may be asked again; 0 when a group may be sent, undefined until one of those under way is answered. */
  get waitMs(): number | undefined {
    if (this.#underWay === 0) return 0;
    if (this.#underWay >= MOST) return undefined;
    const left = (this.#usual * FOLLOW_NUMERATOR) / FOLLOW_DIVISOR - (this.#clock.monotonicNow() - this.#sentAt);
    return left <= 0n ? 0 : Number((left + NS_PER_MS - 1n) / NS_PER_MS);
  }

  /** A group is sent. @returns to be called once, when it is answered. */
  sent(): () => void {
    const at = this.#clock.monotonicNow();
    this.#underWay++;
    this.#sentAt = at;
    return () => {
      this.#underWay--;
      const took = this.#clock.monotonicNow() - at;
      this.#usual = this.#usual === 0n ? took : this.#usual + (took - this.#usual) / MEAN_DIVISOR;
    };
  }
}
