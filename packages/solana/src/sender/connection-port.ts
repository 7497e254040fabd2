import type { UnixNs } from "@chronoledger/core";
import type {
  GetVersionedTransactionConfig,
  PublicKey,
  SendOptions,
  SignatureStatusConfig,
  SimulateTransactionConfig,
  VersionedTransaction,
} from "@solana/web3.js";

/** As JSON-RPC states a transaction's failure: a name, or a name with what it is about. */
export type TransactionFailure = string | object;

type Status = {
  readonly slot: number;
  readonly err: TransactionFailure | null;
  readonly confirmationStatus?: "processed" | "confirmed" | "finalized";
};
type Answer<Value> = Promise<{ readonly context: { readonly slot: number }; readonly value: Value }>;

/** What the sender needs of web3.js's Connection. */
export interface SenderConnection {
  simulateTransaction(
    transaction: VersionedTransaction,
    config: SimulateTransactionConfig,
  ): Answer<{
    readonly err: TransactionFailure | null;
    readonly logs: readonly string[] | null;
    readonly unitsConsumed?: number;
  }>;
  getRecentPrioritizationFees(config: {
    lockedWritableAccounts: PublicKey[];
  }): Promise<readonly { readonly prioritizationFee: number }[]>;
  getLatestBlockhashAndContext(
    commitment: "confirmed",
  ): Answer<{ readonly blockhash: string; readonly lastValidBlockHeight: number }>;
  sendRawTransaction(raw: Uint8Array, options: SendOptions): Promise<string>;
  getSignatureStatuses(signatures: string[], config?: SignatureStatusConfig): Answer<readonly (Status | null)[]>;
  getEpochInfo(
    commitment: "confirmed",
  ): Promise<{ readonly absoluteSlot: number; readonly blockHeight?: number | undefined }>;
  getTransaction(
    signature: string,
    config: GetVersionedTransactionConfig,
  ): Promise<{
    readonly meta: {
      readonly logMessages?: readonly string[] | null;
      readonly computeUnitsConsumed?: number;
    } | null;
  } | null>;
}

/** The one thing that the sender needs of a clock. */
export interface ClockPort {
  utcNow(): UnixNs;
}

/** A pino logger fits. */
export interface SenderLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
