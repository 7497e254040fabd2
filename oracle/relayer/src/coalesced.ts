/** Makes one call at a time of a function. All that comes meanwhile, and wants it in full, is answered by one more call behind it. */
export class Coalesced {
  readonly #call: (full: boolean) => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #again = false;

  /** @param failed is told what a call throws. */
  constructor(call: (full: boolean) => Promise<void>, failed: (error: unknown) => void) {
    this.#call = call;
    this.#failed = failed;
  }

  /** Resolves when the call under way has ended, well or not. */
  ask(full: boolean): Promise<void> {
    if (this.#running !== undefined) {
      this.#again ||= full;
      return this.#running;
    }
    this.#running = this.#call(full)
      .catch(this.#failed)
      .finally(() => {
        this.#running = undefined;
        if (!this.#again) return;
        this.#again = false;
        void this.ask(true);
      });
    return this.#running;
  }
}
