import { ChronoError } from "@chronoledger/core";
import * as z from "zod";
import { ACCOUNT_ENCODINGS, encodeAccount } from "../account-encoding.ts";
import { fromBase58 } from "../base58.ts";
import { BLOCKHASH_BLOCKS } from "../chain.ts";
import { feeOf } from "../compute-budget.ts";
import type { Ledger } from "../ledger.ts";
import { loadKeys } from "../lookup-tables.ts";
import { allKeys, type ParsedTransaction, parseMessage, parseTransaction } from "../parse-transaction.ts";
import { encodeInner, encodeReturnData, namedInstruction } from "../transaction-encoding.ts";
import { describeTransactionError, type TransactionError } from "../transaction-error.ts";
import type { SimulationOutcome } from "../vm.ts";
import { inContext, method, type RpcMethod, requireSlot } from "./method.ts";
import {
  AddressParam,
  atCommitment,
  ContextConfig,
  config,
  SlotParam,
  WireTransaction,
  wireEncoding,
} from "./params.ts";
import { RpcError } from "./rpc-error.ts";

const MAX_SIMULATED_ACCOUNTS = 64;

export const transactionMethods: Readonly<Record<string, RpcMethod>> = {
  sendTransaction: method(
    [
      WireTransaction,
      config({
        ...wireEncoding,
        preflightCommitment: atCommitment.commitment,
        minContextSlot: SlotParam.nullish(),
        skipPreflight: z.boolean().default(false),
        maxRetries: z.int().min(0).nullish(),
      }),
    ],
    (ledger, text, view) => {
      const transaction = parseTransaction(decode(text, view.encoding));
      requireSlot(ledger, { commitment: view.preflightCommitment, minContextSlot: view.minContextSlot });
      if (!view.skipPreflight) preflight(ledger, transaction);
      ledger.submit(transaction);
      return transaction.signature;
    },
  ),
  simulateTransaction: method(
    [
      WireTransaction,
      config({
        ...atCommitment,
        ...wireEncoding,
        sigVerify: z.boolean().default(false),
        replaceRecentBlockhash: z.boolean().default(false),
        innerInstructions: z.boolean().default(false),
        accounts: z
          .object({
            addresses: z.array(AddressParam).max(MAX_SIMULATED_ACCOUNTS),
            encoding: z.enum(ACCOUNT_ENCODINGS).default("base64"),
          })
          .nullish(),
      }),
    ],
    (ledger, text, view) => {
      if (view.sigVerify && view.replaceRecentBlockhash)
        throw new RpcError("invalid params", "sigVerify may not be used with replaceRecentBlockhash");
      const transaction = parseTransaction(decode(text, view.encoding));
      requireSlot(ledger, view);
      const outcome = simulate(ledger, transaction, view.sigVerify, view.replaceRecentBlockhash);
      const { accounts } = view;
      const { hash, height } = ledger.chain.tip;
      const replacement = { blockhash: hash, lastValidBlockHeight: height + BLOCKHASH_BLOCKS };
      return inContext(ledger, "processed", {
        ...encodeSimulation(outcome),
        accounts:
          accounts == null
            ? null
            : accounts.addresses.map((address) =>
                outcome.error === null
                  ? encodeAccount(outcome.post.get(address) ?? ledger.vm.account(address), accounts)
                  : null,
              ),
        innerInstructions: view.innerInstructions ? namedInner(ledger, transaction, outcome) : null,
        ...(view.replaceRecentBlockhash ? { replacementBlockhash: replacement } : {}),
      });
    },
  ),
  getFeeForMessage: method([WireTransaction, ContextConfig], (ledger, text, view) => {
    requireSlot(ledger, view);
    const message = parseMessage(decode(text, "base64"));
    const known = ledger.chain.mayEnter(message.blockhash, ledger.chain.tip.height + 1);
    return inContext(ledger, view.commitment, known ? feeOf(message) : null);
  }),
};

/** @throws input/malformed */
function decode(text: string, encoding: "base58" | "base64"): Uint8Array {
  const bytes = encoding === "base58" ? fromBase58(text) : Uint8Array.from(Buffer.from(text, "base64"));
  if (bytes === undefined) throw new ChronoError("input/malformed", { reason: "not base58; is it base64?" });
  return bytes;
}

/** Always on the newest state, whatever commitment is asked for: there is one runtime. */
function simulate(
  ledger: Ledger,
  transaction: ParsedTransaction,
  verifySignatures: boolean,
  anyBlockhash: boolean,
): SimulationOutcome {
  const outcome = ledger.vm.simulate(transaction.raw, verifySignatures);
  const refused = ledger.refusal(transaction);
  if (outcome.error === "SignatureFailure" || refused === undefined) return outcome;
  if (anyBlockhash && refused === "BlockhashNotFound") return outcome;
  return { error: refused, logs: [], computeUnits: 0, inner: [], returnData: null, post: new Map() };
}

/** Nodes give the calls of a simulation with names in place of indices, whatever the encoding. */
function namedInner(ledger: Ledger, { message }: ParsedTransaction, { inner }: SimulationOutcome) {
  const loaded = loadKeys(message, (address) => ledger.vm.account(address));
  return encodeInner(inner, namedInstruction(allKeys(message, loaded)));
}

/** @throws RpcError */
function preflight(ledger: Ledger, transaction: ParsedTransaction): void {
  const outcome = simulate(ledger, transaction, true, false);
  if (outcome.error === null) return;
  if (outcome.error === "SignatureFailure")
    throw new RpcError("signature failed", "Transaction signature verification failure");
  throw new RpcError("preflight failed", `Transaction simulation failed: ${describeTransactionError(outcome.error)}`, {
    ...encodeSimulation(outcome),
    accounts: null,
    innerInstructions: null,
  });
}

function encodeSimulation(outcome: SimulationOutcome): {
  err: TransactionError | null;
  logs: readonly string[];
  unitsConsumed: number;
  returnData: unknown;
} {
  return {
    err: outcome.error,
    logs: outcome.logs,
    unitsConsumed: outcome.computeUnits,
    returnData: encodeReturnData(outcome.returnData),
  };
}
