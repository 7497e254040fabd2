import type { ErrorCode, UnixNs } from "@chronoledger/core";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

export type Hex = `0x${string}`;

/** Ports: what the process lends to the transaction manager. `Clock`, `Database` and `Logger` of packages/service fit. */
export type ClockPort = { utcNow(): UnixNs };
export type DatabasePort = PgDatabase<PgQueryResultHKT, Record<string, never>>;
export type LogPort = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
};

/**
 * States of one logical transaction (one nonce, one intention, one or more hashes).
 *
 * reserved  the nonce is taken, nothing is signed
 * signed    the bytes are in the database; they may or may not have left this process
 * in-doubt  the bytes may have reached a node, nobody said so (time-out, crash, restart)
 * sent      a node acknowledged the bytes
 * included  in a block (its call may have reverted: see `success`)
 * final     in a block with enough blocks on top. The end.
 * cancelled an empty transaction took the nonce. The end once it is final, see `settled`.
 * replaced  a transaction that this ledger does not know took the nonce. The end once that is final.
 * rejected  a node refused the bytes for good and the nonce was given back. The end.
 */
export const TRANSACTION_STATES = [
  "reserved",
  "signed",
  "in-doubt",
  "sent",
  "included",
  "final",
  "cancelled",
  "replaced",
  "rejected",
] as const;
export type TransactionState = (typeof TRANSACTION_STATES)[number];

export type TransactionRequest = {
  /** The caller's own name for the intention. Preparing a key again returns what the first call prepared: nothing is sent twice. */
  readonly key: string;
  readonly to: Hex;
  readonly data: Hex;
  readonly value?: bigint;
  /** Gas limit. Estimate before preparing: a nonce is taken only when everything else is known. */
  readonly gas: bigint;
  /** By this instant it should be in a block: fees rise towards it, and after it the nonce is freed by an empty transaction. */
  readonly notAfter: UnixNs;
  /** Wei per gas; never more than this is offered, whatever the time left. Default: the manager's own cap. */
  readonly maxFeePerGas?: bigint;
  /**
   * Seconds: it must not get into a block with an earlier timestamp. The manager's own re-broadcasts (dropped, reorganised,
   * bumped) wait until the next block cannot be earlier; the caller's `send` is the caller's decision.
   */
  readonly earliestBlockTimestamp?: bigint;
};

/** Signed and durable, not yet sent. */
export type PreparedTransaction = {
  readonly id: string;
  readonly key: string;
  readonly nonce: number;
  readonly hash: Hex;
  /** What eth_sendRawTransaction takes. */
  readonly raw: Hex;
};

export type Attempt = {
  readonly hash: Hex;
  readonly raw: Hex;
  /** "call" is the request itself, "noop" an empty transfer to oneself that takes the nonce. */
  readonly kind: "call" | "noop";
  readonly maxFeePerGas: string;
  readonly maxPriorityFeePerGas: string;
  /** Whether a node acknowledged it. */
  readonly acknowledged: boolean;
};

/** One logical transaction as the ledger has it. */
export type Transaction = {
  readonly id: string;
  readonly key: string;
  readonly nonce: number;
  readonly state: TransactionState;
  readonly request: TransactionRequest;
  /** Oldest first. All of them are watched until one is final. */
  readonly attempts: readonly Attempt[];
  /** Where it was included, by whichever hash. */
  readonly inclusion?: Inclusion;
  /** Why it was rejected, replaced or cancelled. */
  readonly failure?: { readonly code: ErrorCode; readonly message: string };
  /** Nothing can change any more: final, rejected, or cancelled or replaced beyond reorganisation. */
  readonly settled: boolean;
};

export type Inclusion = {
  readonly hash: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  /** Seconds. */
  readonly blockTimestamp: bigint;
  /** False when the call reverted. */
  readonly success: boolean;
  readonly gasUsed: bigint;
};

export type Head = {
  readonly number: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Seconds. */
  readonly timestamp: bigint;
  readonly baseFeePerGas: bigint;
};

export type TransactionReceipt = Omit<Inclusion, "blockTimestamp">;

/** What the manager needs of a chain. `createChainClient` is the real one. */
export interface ChainPort {
  readonly chainId: number;
  latestNonce(account: Hex): Promise<number>;
  /** @throws ChronoError with a code from the table in failure.ts; "rpc/unavailable" means that nobody knows whether it arrived. */
  broadcast(raw: Hex): Promise<void>;
  receipt(hash: Hex): Promise<TransactionReceipt | undefined>;
  /** Whether the node holds the transaction, in its pool or in a block. */
  knows(hash: Hex): Promise<boolean>;
  head(): Promise<Head>;
  blockByNumber(number: number): Promise<Head | undefined>;
  /** Wei per gas. */
  suggestedTip(): Promise<bigint>;
  /** Called for each new head; after a gap only for the newest. @returns stops it. */
  onHead(listener: (head: Head) => void): () => void;
}

/** What to do at start with a transaction that was signed but perhaps never left. */
export type RecoveryDecision = "send" | "hold" | "cancel";

export type TransactionManagerOptions = {
  readonly chain: ChainPort;
  readonly db: DatabasePort;
  readonly clock: ClockPort;
  readonly log: LogPort;
  /** 32 bytes. One process owns one account: nobody else may send from it. */
  readonly privateKey: Uint8Array;
  /** Blocks on top of a transaction's own until it counts as final. Default 2. */
  readonly confirmations?: number;
  /** Wei per gas. Default 500 gwei. */
  readonly maxFeePerGas?: bigint;
  /** Wei per gas; the first tip is at least this. Default 1 gwei. */
  readonly minTip?: bigint;
  /** Seconds between blocks at the least; for the fee curve and for `earliestBlockTimestamp`. Default 1. */
  readonly blockInterval?: () => number;
  /** Asked by `recover` for each transaction that may never have left. Default: send it again, unless its notAfter has passed (then cancel). */
  readonly onRecover?: (transaction: Transaction) => RecoveryDecision;
};

/**
 * Sends transactions of one account and follows each to its end. It survives being killed at any instant, reorganisations,
 * dropped transactions and an unreachable node.
 *
 * Typical use:
 * ```ts
 * const txm = await createTransactionManager({ chain, db, clock, log, privateKey });
 * txm.onChange((transaction) => ...);           // before recover: old transactions report as well
 * await txm.recover();
 * const prepared = await txm.prepare({ key: `submit-${sequence}`, to, data, gas, notAfter });
 * await txm.send(prepared.id);                  // throws a classified ChronoError; the nonce is then already given back
 * const end = await txm.outcome(prepared.id);   // "final" | "cancelled" | "replaced" | "rejected"
 * ```
 */
export interface TransactionManager {
  readonly address: Hex;
  /** Brings the ledger in line with the chain; call it once, before anything else is prepared. Fills gaps between nonces. */
  recover(): Promise<void>;
  /** Takes the next nonce, signs, stores; nothing leaves. Nonces follow the order of calls. @throws database/unavailable, input/malformed */
  prepare(request: TransactionRequest): Promise<PreparedTransaction>;
  /** Many at once, in order, in one database statement. */
  prepareAll(requests: readonly TransactionRequest[]): Promise<PreparedTransaction[]>;
  /**
   * Broadcasts and returns when a node acknowledged it. Harmless to repeat.
   * @throws the classified refusal (the transaction is then "rejected" and its nonce is free again, or filled by an empty transaction),
   * or "rpc/unavailable" when nobody knows (then it is "in-doubt", stays watched and is sent again; do not prepare another for it).
   */
  send(id: string): Promise<void>;
  /** For a caller that writes the bytes itself (the firing thread): a node acknowledged `hash`. */
  markSent(id: string): Promise<void>;
  /** The bytes were written by the caller and the answer was this error. Classified like `send`'s. @returns what it was classified as */
  markFailed(id: string, error: unknown): Promise<ErrorCode>;
  /** Nothing left this process and nothing will: gives the nonce back (or fills it with an empty transaction). */
  release(id: string): Promise<void>;
  /** Takes the nonce with an empty transaction. It may lose the race: watch the outcome. */
  cancel(id: string): Promise<void>;
  get(id: string): Transaction | undefined;
  byKey(key: string): Transaction | undefined;
  /** Not settled yet, by nonce. */
  pending(): readonly Transaction[];
  /** Resolves when it is settled; rejects with process/failed when the manager is closed first. */
  outcome(id: string): Promise<Transaction>;
  /** Resolves when it is in a block, or settled otherwise. */
  inclusion(id: string): Promise<Transaction>;
  /** Every change of state, after it is stored. @returns stops it. */
  onChange(listener: (transaction: Transaction, before: TransactionState) => void): () => void;
  /** Stops following; transactions stay in the ledger. Waits for work under way. */
  close(): Promise<void>;
}
