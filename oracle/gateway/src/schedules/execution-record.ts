import { createHash } from "node:crypto";
import { durationNs, toUtc, type UnixNs } from "@chronoledger/core";
import type { ArrivalClock } from "../context.ts";
import { deadlineOf, type ScheduleRow } from "./schedule-row.ts";

export type Lateness = { readonly lateness: bigint; readonly uncertainty: bigint | null };

/**
 * By the gateway's clock. How wrong that may be: how far it stands from the nodes' interval, and that interval's own half width; null
 * while too few nodes agree.
 */
export function latenessOf(row: ScheduleRow, sentAt: UnixNs, now: UnixNs, arrival: ArrivalClock): Lateness {
  const reading = arrival.now();
  const lateness = durationNs(sentAt - row.executeAt);
  if (reading === undefined) return { lateness, uncertainty: null };
  const apart = now - toUtc(reading.time, reading.taiMinusUtc);
  return { lateness, uncertainty: (apart < 0n ? -apart : apart) + reading.uncertainty };
}

/** What is stamped: one line of JSON, with keys in this order. */
export const executionRecord = (
  row: ScheduleRow,
  call: { readonly sentAt: UnixNs; readonly status: number; readonly attempt: number } & Lateness,
): string =>
  JSON.stringify({
    what: "ChronoLedger scheduled call",
    schedule: row.id,
    target: row.target,
    calldataSha256: sha256(Buffer.from(row.details.calldata.slice(2), "hex")).toString("hex"),
    executeUtcNs: String(row.executeAt),
    notAfterUtcNs: String(deadlineOf(row)),
    sentUtcNs: String(call.sentAt),
    latenessNs: String(call.lateness),
    uncertaintyNs: call.uncertainty === null ? null : String(call.uncertainty),
    attempt: call.attempt,
    httpStatus: call.status,
  });

export const sha256 = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();
