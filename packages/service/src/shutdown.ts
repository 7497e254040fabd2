import type { Logger } from "./log.ts";

/** How long the parts of a process may take to stop before it exits all the same. */
const GRACE_MS = 5_000;

/** Collects what must be given back, and gives it back once, newest first, whatever the reason for stopping. */
export class Shutdown {
  readonly #steps: { name: string; run: () => unknown }[] = [];
  readonly #controller = new AbortController();
  readonly #log: Logger;
  #done: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Aborts when stopping begins. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onStop(name: string, run: () => unknown): void {
    this.#steps.unshift({ name, run });
  }

  stop(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  async #run(): Promise<void> {
    this.#controller.abort();
    const timer = setTimeout(() => {
      this.#log.error("some parts did not stop in time");
      process.exit(1);
    }, GRACE_MS);
    for (const step of this.#steps)
      try {
        await step.run();
      } catch (error) {
        this.#log.warn({ step: step.name, err: error }, "a part did not stop cleanly");
      }
    clearTimeout(timer);
  }
}
