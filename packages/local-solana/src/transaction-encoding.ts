import { toBase58 } from "./base58.ts";
import type { TransactionRecord } from "./history.ts";
import { allKeys, type Instruction, isWritable } from "./parse-transaction.ts";
import type { TransactionError } from "./transaction-error.ts";
import type { InnerInstruction, Outcome } from "./vm.ts";

export const TRANSACTION_ENCODINGS = ["json", "jsonParsed", "base58", "base64"] as const;
export type TransactionEncoding = (typeof TRANSACTION_ENCODINGS)[number];

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

export const encodeStatus = (error: TransactionError | null) => (error === null ? { Ok: null } : { Err: error });

export const encodeReturnData = (returned: Outcome["returnData"]) =>
  returned === null ? null : { programId: returned.programId, data: [base64(returned.data), "base64"] };

/** Without top-level instructions that called nothing. */
export const encodeInner = (
  inner: Outcome["inner"],
  instruction: (inner: InnerInstruction) => object = compiledInstruction,
) =>
  inner
    .map((list, index) => ({ index, instructions: list.map(instruction) }))
    .filter((own) => own.instructions.length > 0);

const compiledInstruction = (instruction: Instruction & { readonly stackHeight?: number }) => ({
  programIdIndex: instruction.programIdIndex,
  accounts: instruction.accounts,
  data: toBase58(instruction.data),
  stackHeight: instruction.stackHeight ?? null,
});

/** Programs are not known here, so every instruction comes "partially decoded", as nodes call it. */
export const namedInstruction =
  (keys: readonly string[]) => (instruction: Instruction & { readonly stackHeight?: number }) => ({
    programId: keys[instruction.programIdIndex],
    accounts: instruction.accounts.map((index) => keys[index]),
    data: toBase58(instruction.data),
    stackHeight: instruction.stackHeight ?? null,
  });

/** "transaction" and "meta" of getTransaction and getBlock. Token balances are not reckoned: the lists are empty. */
export function encodeRecord(record: TransactionRecord, encoding: TransactionEncoding) {
  const { transaction, loaded } = record;
  const keys = allKeys(transaction.message, loaded);
  return {
    transaction: encodeTransaction(record, encoding, keys),
    meta: {
      err: record.error,
      status: encodeStatus(record.error),
      fee: record.fee,
      preBalances: record.preBalances,
      postBalances: record.postBalances,
      innerInstructions: encodeInner(record.inner, encoding === "jsonParsed" ? namedInstruction(keys) : undefined),
      logMessages: record.logs,
      preTokenBalances: [],
      postTokenBalances: [],
      rewards: [],
      loadedAddresses: loaded,
      computeUnitsConsumed: record.computeUnits,
      ...(record.returnData === null ? {} : { returnData: encodeReturnData(record.returnData) }),
    },
  };
}

function encodeTransaction({ transaction, loaded }: TransactionRecord, encoding: TransactionEncoding, keys: string[]) {
  const { message, signatures, raw } = transaction;
  if (encoding === "base64") return [base64(raw), encoding];
  if (encoding === "base58") return [toBase58(raw), encoding];
  const lookups = message.version === "legacy" ? {} : { addressTableLookups: message.lookups };
  if (encoding === "json")
    return {
      signatures,
      message: {
        header: message.header,
        accountKeys: message.staticKeys,
        recentBlockhash: message.blockhash,
        instructions: message.instructions.map(compiledInstruction),
        ...lookups,
      },
    };
  return {
    signatures,
    message: {
      accountKeys: keys.map((pubkey, index) => ({
        pubkey,
        signer: index < message.header.numRequiredSignatures,
        writable: isWritable(message, loaded, index),
        source: index < message.staticKeys.length ? "transaction" : "lookupTable",
      })),
      recentBlockhash: message.blockhash,
      instructions: message.instructions.map(namedInstruction(keys)),
      ...lookups,
    },
  };
}
