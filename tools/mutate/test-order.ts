import type { Seconds } from "./messages.ts";

/** Runs first the test file that is likely to kill a mutant in the least time, by what it did to others of the same source. */
export class TestOrder {
  readonly #seconds: Seconds;
  readonly #seen = new Map<string, { runs: number; kills: number }>();

  constructor(seconds: Seconds) {
    this.#seconds = seconds;
  }

  of(file: string): string[] {
    const gain = (test: string) => {
      const { runs, kills } = this.#record(file, test);
      return (kills + 1) / (runs + 2) / (this.#seconds[test] ?? 1);
    };
    return Object.keys(this.#seconds)
      .map((test) => ({ test, gain: gain(test) }))
      .sort((a, b) => b.gain - a.gain)
      .map(({ test }) => test);
  }

  /** The tests before the one that failed ran in vain. */
  learn(file: string, order: readonly string[], killer: string | undefined): void {
    for (const test of order) {
      const record = this.#record(file, test);
      record.runs++;
      if (test !== killer) continue;
      record.kills++;
      return;
    }
  }

  #record(file: string, test: string): { runs: number; kills: number } {
    const key = `${file} ${test}`;
    const record = this.#seen.get(key) ?? { runs: 0, kills: 0 };
    this.#seen.set(key, record);
    return record;
  }
}
