/** Calls again and again in real time; may be held. */
export class SlotTimer {
  readonly #produce: () => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param everyMs 0 never calls. */
  constructor(everyMs: number, produce: () => void) {
    this.#everyMs = everyMs;
    this.#produce = produce;
    this.resume();
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Nothing happens once it is stopped. */
  resume(): void {
    if (this.#everyMs > 0 && this.#timer === undefined && !this.#stopped)
      this.#timer = setInterval(this.#produce, this.#everyMs);
  }

  stop(): void {
    this.#stopped = true;
    this.pause();
  }
}
