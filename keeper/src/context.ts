import type { UnixNs } from "@chronoledger/core";
import type { Clock, Logger } from "@chronoledger/service";
import type { ChainClient, Head, Hex, TransactionManager } from "@chronoledger/txm";
import type { Policy, Prices } from "./planner/policy.ts";
import type { RunBook } from "./planner/run-book.ts";
import type { EventStore } from "./store/event-store.ts";
import type { RunStore } from "./store/run-store.ts";

/** What the parts of the keeper share. */
export type KeeperContext = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly chain: ChainClient;
  readonly txm: TransactionManager;
  readonly store: RunStore;
  readonly events: EventStore;
  readonly book: RunBook;
  readonly scheduler: Hex;
  readonly oracle: Hex;
  readonly policy: Policy;
  /** The newest head that was seen; undefined before the first. */
  readonly head: () => Head | undefined;
  readonly prices: () => Prices;
};

/** How wrong this machine's clock may be, and whether anybody bounds it. */
export const clockUncertainty = (clock: Clock): bigint => (clock.kernelState()?.maxError ?? 0n) + clock.readUncertainty;

/** Seconds of the newest block as UTC nanoseconds. */
export const blockTime = (head: Head): UnixNs => (head.timestamp * 1_000_000_000n) as UnixNs;
