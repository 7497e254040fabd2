/** One sleeper that anybody may wake. */
export class WakeableTimer {
  #wake: (() => void) | undefined;

  /** Ends after that many milliseconds, or when woken. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), Math.max(0, Math.min(ms, 60_000)));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  wake(): void {
    this.#wake?.();
  }
}
