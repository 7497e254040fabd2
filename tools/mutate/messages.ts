import type { Level } from "./compiler.ts";
import type { Target } from "./project.ts";

/**
 * `equivalent`: the optimizer makes the same code of it. `unchanged`: there is no other code to test to begin with, mostly
 * because no test compiles what was mutated; these count as survivors. `invalid`: does not compile.
 */
export const STATUSES = ["killed", "survived", "unchanged", "equivalent", "invalid"] as const;
export type Status = (typeof STATUSES)[number];

export type Outcome = {
  readonly status: Status;
  /** The test file that failed. */
  readonly by?: string;
  /** It did not fail but did not end either. */
  readonly stuck?: boolean;
  readonly seconds: number;
};

export type Job =
  /** Compile everything that tests deploy and run all tests on it. */
  | { readonly type: "baseline"; readonly targets: readonly string[]; readonly tests: readonly string[] }
  | {
      readonly type: "mutant";
      readonly file: string;
      readonly source: string;
      readonly targets: readonly Target[];
      /** Tests to run on quickly compiled code, those first that are likely to fail soon. */
      readonly order: readonly string[];
      /** Tests to run on code as it is deployed. */
      readonly sensitive: readonly string[];
    };

/** Processor seconds of each test file without a mutation. */
export type Seconds = Readonly<Record<string, number>>;

export type Setup = {
  readonly root: string;
  readonly tree: string;
  readonly level: Level;
  readonly usual: Seconds;
  /** Processor seconds that a test file may take on a mutant beyond a multiple of what it usually takes. */
  readonly grace: number;
};

export type Answer =
  | { readonly type: "ready" }
  | {
      readonly type: "baseline";
      /** Tests that fail on code as it is deployed. */
      readonly failed: readonly string[];
      /** Tests that fail only on quickly compiled code: they depend on gas or size. */
      readonly sensitive: readonly string[];
      readonly seconds: Seconds;
    }
  | { readonly type: "mutant"; readonly outcome: Omit<Outcome, "seconds"> }
  /** A test file that does not come to its end: the worker is lost. */
  | { readonly type: "stuck"; readonly test: string }
  | { readonly type: "fault"; readonly message: string };
