import { inspect } from "node:util";

const isPlain = (value: unknown): boolean => {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
};

/**
 * Workers send their results as JSON, which has no big integers: one in what an assertion compared, or an error holds, would lose the results of the
 * whole file, and leave unsaid which test failed.
 */
export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    const failure = this.currentTest?.err as Record<string, unknown> | undefined;
    for (const key of Object.getOwnPropertyNames(failure ?? {}))
      if (failure !== undefined && !isPlain(failure[key])) failure[key] = inspect(failure[key]);
  },
};
