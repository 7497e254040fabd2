import type { EvmTerms } from "./evm-terms.ts";

export type EvmRequest = {
  readonly target: `0x${string}`;
  readonly calldata: `0x${string}`;
  readonly executeAt: bigint;
  readonly windowNs: bigint;
  readonly gasLimit: number;
};
/** What the gateway's chain says of a schedule before it is accepted. */
export interface EvmPlanner {
  /**
   * Fixes all terms, so that the same schedule is registered however often that is tried.
   * @throws target/refused, input/out-of-range: the scheduler would refuse it; rpc/unavailable; transaction/insufficient-funds
   */
  plan(request: EvmRequest): Promise<{ readonly terms: EvmTerms; readonly chainScheduleId: `0x${string}` }>;
}

/** Where routes and runners meet: runners come later than routes, and a chain later still. */
export class ScheduleDesk {
  /** Undefined while the chain has not been reached, and where there is none. */
  evm: EvmPlanner | undefined;
  readonly #sleepers = new Set<() => void>();

  /** @returns stops it. */
  onWake(wake: () => void): () => void {
    this.#sleepers.add(wake);
    return () => void this.#sleepers.delete(wake);
  }

  /** After a commit: there is a new schedule, or one to cancel. */
  wake(): void {
    for (const wake of this.#sleepers) wake();
  }
}
