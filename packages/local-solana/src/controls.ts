import type { Account } from "./account.ts";

/** What tests do to the simulated cluster, and what makes slots when no timer does. */
export type Faults = {
  /** Produces blocks, each with what waits for it. @returns the newest slot. */
  advance(slots?: number): number;
  /** Seconds since 1970 UTC of the blocks from the next one on; undefined follows the clock. */
  setUnixTime(seconds: bigint | undefined): void;
  /** The next transactions are accepted and never executed. Airdrops do not count. */
  dropNext(count: number): void;
  /** Transactions sent from now on wait for so many slots more than the next; 0 ends it. */
  delay(slots: number): void;
  /**
   * Abandons so many of the newest blocks with their transactions and produces an empty block in their place.
   * @returns the newest slot. @throws input/out-of-range when one of the blocks is final.
   */
  fork(depth: number): number;
  pauseSlots(): void;
  resumeSlots(): void;
  /** HTTP requests get 503, and WebSocket connections are ended and refused. Slots go on. */
  stopAnswering(): void;
  resumeAnswering(): void;
};

/** As {@link Faults}, with what needs no JSON. */
export type Controls = Faults & {
  /** Lamports, out of nowhere, at once. */
  fund(address: string, lamports: bigint): void;
  /** As the newest block left it; undefined when there is none. */
  account(address: string): Account | undefined;
  /** Writes an account past all programs, at once, as part of the newest block; undefined removes it. */
  setAccount(address: string, account: Account | undefined): void;
  /** Of the newest block. */
  readonly slot: number;
  readonly blockHeight: number;
  readonly unixTime: bigint;
  /** Transactions that wait for a block. */
  readonly pendingCount: number;
};
