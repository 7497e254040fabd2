import { ChronoError } from "@chronoledger/core";

/** Runs long work one after the other, so that stamps get their turn in between. */
export class OneAtATime {
  readonly #mostWaiting: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(mostWaiting: number) {
    this.#mostWaiting = mostWaiting;
  }

  /** @throws rate/limited when too many wait already */
  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= this.#mostWaiting)
      throw new ChronoError("rate/limited", { waiting: this.#waiting }, { remedy: "try again in a minute" });
    this.#waiting++;
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}
