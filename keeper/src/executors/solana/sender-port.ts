import type { UnixNs } from "@chronoledger/core";
import type { AddressLookupTableAccount, TransactionInstruction } from "@solana/web3.js";

/** How a transaction ended in a block; `error` is the program's name for it. */
export type Landed = {
  readonly signature: string;
  readonly slot: number;
  readonly error: string | null;
  readonly units: number | null;
};

/** What the keeper needs of @chronoledger/solana's sender. */
export type SenderPort<Prepared = unknown> = {
  /**
   * Without `computeUnits` it is simulated for them.
   * @throws transaction/reverted when the simulation refuses, rpc/unavailable, transaction/insufficient-funds
   */
  prepare(order: {
    readonly instructions: readonly TransactionInstruction[];
    readonly tables?: readonly AddressLookupTableAccount[];
    readonly notAfter: UnixNs;
    readonly urgency: number;
    readonly computeUnits?: number;
  }): Promise<Prepared>;
  /** @throws transaction/expired, rpc/unavailable, transaction/insufficient-funds */
  fire(prepared: Prepared, options?: { readonly signal?: AbortSignal }): Promise<Landed>;
};
