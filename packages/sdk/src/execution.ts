import { bytesToHex, ChronoError } from "@chronoledger/core";
import { type ExecutionState, ScheduleRequest, type ExecutionStatus as WireStatus } from "@chronoledger/core/gateway";
import * as z from "zod";
import type { Timestamp } from "./open-stamp.ts";

/** Of a scheduled call: `sc_` and 22 characters. */
export type ScheduleId = string;

export type ExecutionStatus = {
  readonly id: ScheduleId;
  readonly kind: "evm" | "http";
  readonly target: string;
  readonly state: ExecutionState;
  /** UTC in nanoseconds. */
  readonly executeTime: bigint;
  /** How long after it the call may still be made, ns. */
  readonly window: bigint;
  readonly transaction: string | null;
  readonly blockNumber: number | null;
  readonly chainScheduleId: string | null;
  /** Execution minus `executeTime`, ns; null before. */
  readonly lateness: bigint | null;
  /** Of the clock that lateness was read on, ns. */
  readonly latenessUncertainty: bigint | null;
  readonly attempts: number;
  readonly httpStatus: number | null;
  readonly reason: string | null;
  /** Of a call to an address: the text that says when it was called and what came of it. */
  readonly record: string | null;
  /** Of `record`: covers its SHA-256. */
  readonly stamp: Timestamp | null;
};

export type ScheduleOptions = {
  /** How long after `executeTime` the call may still be made, ns; a minute unless told. */
  readonly window?: bigint;
  readonly description?: string;
};

export type ExecutionOrder = ScheduleOptions & {
  /** A contract's address of 0x and 40 digits, or an https address. */
  readonly target: string;
  /** Bytes, or 0x and hexadecimal digits. */
  readonly calldata: Uint8Array | string;
  readonly executeTime: bigint;
  readonly gasLimit: number | undefined;
};

/** @throws input/malformed naming the value */
export function executionRequest(order: ExecutionOrder) {
  const { target, calldata, executeTime, gasLimit, window, description } = order;
  const request = {
    target,
    calldata: typeof calldata === "string" ? calldata : `0x${bytesToHex(calldata)}`,
    executeUtcNs: String(executeTime),
    ...(window === undefined ? {} : { windowNs: String(window) }),
    ...(gasLimit === undefined ? {} : { gasLimit }),
    ...(description === undefined ? {} : { description }),
  };
  const parsed = ScheduleRequest.safeParse(request);
  if (!parsed.success)
    throw new ChronoError("input/malformed", { what: "scheduled call", reason: z.prettifyError(parsed.error) });
  return request;
}

export const executionStatus = (wire: WireStatus, stamp: Timestamp | null): ExecutionStatus => ({
  id: wire.id,
  kind: wire.kind,
  target: wire.target,
  state: wire.state,
  executeTime: wire.executeUtcNs,
  window: wire.windowNs,
  transaction: wire.transaction,
  blockNumber: wire.blockNumber,
  chainScheduleId: wire.chainScheduleId,
  lateness: wire.latenessNs,
  latenessUncertainty: wire.latenessUncertaintyNs,
  attempts: wire.attempts,
  httpStatus: wire.httpStatus,
  reason: wire.reason,
  record: wire.record,
  stamp,
});
