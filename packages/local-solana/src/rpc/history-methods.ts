import * as z from "zod";
import { BLOCKHASH_BLOCKS } from "../chain.ts";
import { COMMITMENTS, type Commitment } from "../commitment.ts";
import type { TransactionRecord } from "../history.ts";
import type { Ledger } from "../ledger.ts";
import { encodeRecord, encodeStatus, type TransactionEncoding } from "../transaction-encoding.ts";
import { inContext, method, type RpcMethod, requireSlot } from "./method.ts";
import { AddressParam, atConfirmed, config, recordView, SignatureParam, SlotParam } from "./params.ts";
import { RpcError } from "./rpc-error.ts";

const MAX_STATUSES = 256;
const MAX_SIGNATURES = 1_000;

export const historyMethods: Readonly<Record<string, RpcMethod>> = {
  getSignatureStatuses: method(
    [z.array(SignatureParam).max(MAX_STATUSES), config({ searchTransactionHistory: z.boolean().default(false) })],
    (ledger, signatures, { searchTransactionHistory }) =>
      inContext(
        ledger,
        "processed",
        signatures.map((signature) => statusOf(ledger, signature, searchTransactionHistory)),
      ),
  ),
  getTransaction: method([SignatureParam, config({ ...atConfirmed, ...recordView })], (ledger, signature, view) => {
    const record = ledger.history.get(signature);
    if (record === undefined || !reached(ledger, record, view.commitment)) return null;
    return { slot: record.slot, blockTime: record.unixSeconds, ...encodeRecordFor(record, view) };
  }),
  getSignaturesForAddress: method(
    [
      AddressParam,
      config({
        ...atConfirmed,
        minContextSlot: SlotParam.nullish(),
        limit: z.int().min(1).max(MAX_SIGNATURES).default(MAX_SIGNATURES),
        before: SignatureParam.nullish(),
        until: SignatureParam.nullish(),
      }),
    ],
    (ledger, address, view) => {
      requireSlot(ledger, view);
      return between(ledger.history.mentioning(address), view.before, view.until)
        .filter((record) => reached(ledger, record, view.commitment))
        .slice(0, view.limit)
        .map((record) => ({
          signature: record.transaction.signature,
          slot: record.slot,
          err: record.error,
          memo: null,
          blockTime: record.unixSeconds,
          confirmationStatus: ledger.chain.commitmentOf(record.height),
        }));
    },
  ),
};

export type RecordView = {
  readonly encoding: TransactionEncoding;
  readonly maxSupportedTransactionVersion?: number | null | undefined;
};

/** @throws RpcError for a version that the client did not say it can read. */
export function encodeRecordFor(record: TransactionRecord, view: RecordView) {
  const { version } = record.transaction.message;
  const most = view.maxSupportedTransactionVersion ?? undefined;
  if (version !== "legacy" && (most === undefined || version > most))
    throw new RpcError(
      "version not supported",
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with the ` +
        `following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
    );
  return { ...encodeRecord(record, view.encoding), ...(most === undefined ? {} : { version }) };
}

const reached = (ledger: Ledger, record: TransactionRecord, wanted: Commitment): boolean =>
  COMMITMENTS.indexOf(ledger.chain.commitmentOf(record.height)) >= COMMITMENTS.indexOf(wanted);

/** Without `deep`, only as far back as a signature could still be sent again. */
function statusOf(ledger: Ledger, signature: string, deep: boolean) {
  const record = ledger.history.get(signature);
  const { height } = ledger.chain.tip;
  if (record === undefined || (!deep && record.height < height - BLOCKHASH_BLOCKS)) return null;
  const confirmationStatus = ledger.chain.commitmentOf(record.height);
  return {
    slot: record.slot,
    confirmations: confirmationStatus === "finalized" ? null : height - record.height,
    err: record.error,
    status: encodeStatus(record.error),
    confirmationStatus,
  };
}

/** Newest first: after `before`, and down to, but without, `until`. */
function between(
  records: readonly TransactionRecord[],
  before: string | null | undefined,
  until: string | null | undefined,
): readonly TransactionRecord[] {
  const at = (signature: string) => records.findIndex(({ transaction }) => transaction.signature === signature);
  const start = before == null ? 0 : at(before) + 1;
  const end = until == null ? -1 : at(until);
  if (before != null && start === 0) return [];
  return records.slice(start, end === -1 ? undefined : end);
}
