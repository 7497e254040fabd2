import type { ExecutionState, ExecutionStatus, Stamp } from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import type { EvmTerms } from "./evm-terms.ts";

/** What the row holds beside its columns, as JSON: integers of 64 bits as decimal strings. */
export type ScheduleDetails = {
  readonly calldata: `0x${string}`;
  readonly gasLimit: number;
  readonly description: string | null;
  readonly attempts: number;
  readonly httpStatus: number | null;
  readonly reason: string | null;
  readonly latenessNs: string | null;
  readonly latenessUncertaintyNs: string | null;
  readonly transaction: string | null;
  readonly blockNumber: number | null;
  readonly record: string | null;
  readonly stamp: { readonly sequence: string; readonly leafIndex: number } | null;
  readonly evm: EvmTerms | null;
  /** Of the transaction manager: what registers it. */
  readonly transactionId: string | null;
};

export type ScheduleRow = {
  readonly id: string;
  readonly accountId: string;
  readonly kind: "evm" | "http";
  readonly target: string;
  readonly state: ExecutionState;
  readonly executeAt: bigint;
  readonly windowNs: bigint;
  readonly createdAt: bigint;
  readonly settled: boolean;
  readonly chainScheduleId: string | null;
  readonly nextAttemptAt: bigint;
  readonly firing: boolean;
  readonly details: ScheduleDetails;
};

export type StoredRow = {
  id: string;
  account_id: string;
  kind: "evm" | "http";
  target: string;
  state: ExecutionState;
  execute_at: string;
  window_ns: string;
  created_at: string;
  settled: boolean;
  chain_schedule_id: string | null;
  next_attempt_at: string;
  firing: boolean;
  details: ScheduleDetails;
};

export const SCHEDULE_COLUMNS = sql`s.id, s.account_id, s.kind, s.target, s.state, s.execute_at::text, s.window_ns::text,
  s.created_at::text, s.settled, s.chain_schedule_id, s.next_attempt_at::text, s.firing, s.details`;

export const rowOf = (stored: StoredRow): ScheduleRow => ({
  id: stored.id,
  accountId: stored.account_id,
  kind: stored.kind,
  target: stored.target,
  state: stored.state,
  executeAt: BigInt(stored.execute_at),
  windowNs: BigInt(stored.window_ns),
  createdAt: BigInt(stored.created_at),
  settled: stored.settled,
  chainScheduleId: stored.chain_schedule_id,
  nextAttemptAt: BigInt(stored.next_attempt_at),
  firing: stored.firing,
  details: stored.details,
});

/** The last instant at which it may be called. */
export const deadlineOf = ({ executeAt, windowNs }: Pick<ScheduleRow, "executeAt" | "windowNs">): bigint =>
  executeAt + windowNs;

const integer = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

/** As clients see it. */
export const statusOf = (row: ScheduleRow, stamp: Stamp | null): ExecutionStatus => {
  const { details } = row;
  return {
    id: row.id,
    kind: row.kind,
    target: row.target,
    state: row.state,
    executeUtcNs: row.executeAt,
    windowNs: row.windowNs,
    chainScheduleId: row.chainScheduleId,
    transaction: details.transaction,
    blockNumber: details.blockNumber,
    latenessNs: integer(details.latenessNs),
    latenessUncertaintyNs: integer(details.latenessUncertaintyNs),
    attempts: details.attempts,
    httpStatus: details.httpStatus,
    reason: details.reason,
    record: details.record,
    stamp,
    createdUtcNs: row.createdAt,
  };
};
