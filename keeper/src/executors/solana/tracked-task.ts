import type { UnixNs } from "@chronoledger/core";
import { unixNs } from "@chronoledger/core";
import type { Task } from "@chronoledger/solana";
import type { AddressLookupTableAccount } from "@solana/web3.js";
import type { TaskSeen } from "./chain-port.ts";

/** A transaction that has left for a run and of which nothing is known yet. */
export type Shot = {
  readonly number: number;
  /** The newest slot when it left. */
  readonly sinceSlot: number;
  /** A slot that could have had it was too early for it. */
  early: boolean;
};

/** What the keeper knows of one task beside its runs. */
export class TrackedTask {
  readonly address: string;
  readonly rank: number;
  /** Undefined: the account is closed. */
  task: Task | undefined;
  /** Of the reading that `task` is from. */
  slot = -1;
  /** A reading of an earlier slot does not count: it is from before our own run. */
  mustSee = 0;
  /** By this machine's clock; nothing is done before. */
  lookAt: UnixNs = unixNs(0n);
  /** Ready to leave. */
  armed: { readonly number: number; readonly notBefore: UnixNs; readonly prepared: unknown } | undefined;
  busy = false;
  readonly shots = new Set<Shot>();
  /** Of its queueing; asked once. */
  tables: readonly AddressLookupTableAccount[] | undefined;
  /** Compute units that the last run took. */
  units: number | undefined;
  /** Of the run whose last transaction failed: the next has to pass a simulation first. */
  failed: { readonly number: number; readonly times: number } | undefined;
  demandedAt: UnixNs = unixNs(0n);
  /** Questions how a run ended that had no answer yet. */
  unanswered = 0;
  asking = false;

  constructor(address: string, rank: number) {
    this.address = address;
    this.rank = rank;
  }

  /** @returns whether it is news */
  see(seen: TaskSeen): boolean {
    if (seen.slot < this.slot || seen.slot < this.mustSee) return false;
    const same = seen.task !== undefined && this.task !== undefined && isSame(seen.task, this.task);
    this.task = seen.task;
    this.slot = seen.slot;
    if (same) return false;
    this.lookAt = unixNs(0n);
    return true;
  }

  /** Under way for one run. */
  shotsOf(number: number): Shot[] {
    return [...this.shots].filter((shot) => shot.number === number);
  }

  /** Read before our own run, or not at all. */
  get stale(): boolean {
    return this.slot < this.mustSee;
  }
}

const isSame = (a: Task, b: Task): boolean =>
  a.number === b.number &&
  a.notBefore === b.notBefore &&
  a.notAfter === b.notAfter &&
  a.interval === b.interval &&
  a.count === b.count &&
  a.clock === b.clock &&
  a.reward === b.reward &&
  a.escrow === b.escrow;
