import { utils } from "@anchor-lang/core";
import { ChronoError } from "@chronoledger/core";
import {
  type AddressLookupTableAccount,
  ComputeBudgetProgram,
  type Keypair,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";

/** Bytes of a transaction on the wire. */
const MAX_BYTES = 1_232;

export type TransactionContents = {
  readonly instructions: readonly TransactionInstruction[];
  readonly tables?: readonly AddressLookupTableAccount[] | undefined;
  /** Compute units at most. */
  readonly units: number;
  /** Micro-lamports a unit; for 0 the instruction is left out, which makes room. */
  readonly price: number;
};
export type SignedTransaction = {
  readonly transaction: VersionedTransaction;
  readonly raw: Uint8Array;
  readonly signature: string;
};

/** @throws input/too-large when it has more than 1,232 bytes */
export function signTransaction(contents: TransactionContents, blockhash: string, signer: Keypair): SignedTransaction {
  const { units, price, tables = [] } = contents;
  // Ours come last: a check of signatures must stand just before the instruction that relies on it, wherever that is.
  const instructions = [...contents.instructions, ComputeBudgetProgram.setComputeUnitLimit({ units })];
  if (price > 0) instructions.push(ComputeBudgetProgram.setComputeUnitPrice({ microLamports: price }));
  const message = new TransactionMessage({ payerKey: signer.publicKey, recentBlockhash: blockhash, instructions });
  try {
    const transaction = new VersionedTransaction(
      tables.length === 0 ? message.compileToLegacyMessage() : message.compileToV0Message([...tables]),
    );
    transaction.sign([signer]);
    const raw = transaction.serialize();
    if (raw.length > MAX_BYTES) throw new RangeError(`${raw.length} bytes`);
    return {
      transaction,
      raw,
      signature: utils.bytes.bs58.encode(Buffer.from(transaction.signatures[0] as Uint8Array)),
    };
  } catch (cause) {
    if (cause instanceof RangeError) throw new ChronoError("input/too-large", { most: MAX_BYTES }, { cause });
    throw cause;
  }
}
