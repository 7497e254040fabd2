import type { UnixNs } from "@chronoledger/core";
import type { Task, TaskEvent } from "@chronoledger/solana";
import type { AddressLookupTableAccount, TransactionInstruction } from "@solana/web3.js";
import type { SlotSeen } from "./chain-time.ts";

/** A task's account as it was in a slot; undefined when there was none. */
export type TaskSeen = { readonly address: string; readonly slot: number; readonly task: Task | undefined };

/** The newest certified instant, and the slot that accepted it. */
export type AttestedSeen = { readonly time: UnixNs; readonly slot: number };

/** A block and the one before it, times in whole seconds. */
export type BlockTimes = {
  readonly unixSeconds: bigint;
  readonly parentSlot: number;
  readonly parentUnixSeconds: bigint;
};

export type StopListening = () => Promise<void>;

/** What the keeper needs of a cluster. Every method may throw rpc/unavailable. Each listener is stopped by the function returned. */
export type ChainPort = {
  /** Of every task of the program, as of the newest slot. */
  tasks(): Promise<readonly TaskSeen[]>;
  read(addresses: readonly string[]): Promise<readonly TaskSeen[]>;
  attested(): Promise<AttestedSeen | undefined>;
  finalizedSlot(): Promise<number>;
  /** Undefined while the blocks are not confirmed. */
  blockTimes(slot: number): Promise<BlockTimes | undefined>;
  /** Newest first, those of the newest transactions. */
  eventsOf(address: string): Promise<readonly TaskEvent[]>;
  /** What makes its accounts fit in a transaction. */
  tablesOf(task: Task): Promise<readonly AddressLookupTableAccount[]>;
  runInstructions(task: Task): Promise<readonly TransactionInstruction[]>;
  expireInstructions(task: Task): Promise<readonly TransactionInstruction[]>;
  onSlot(listener: (seen: SlotSeen) => void): StopListening;
  /** Changes that leave the account there: a closed account need not be told of. */
  onTask(listener: (seen: TaskSeen) => void): StopListening;
  onAttested(listener: (seen: AttestedSeen) => void): StopListening;
};
