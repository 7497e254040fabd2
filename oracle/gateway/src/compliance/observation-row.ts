import type { ClockObservation } from "@chronoledger/compliance";
import { bytesToHex, type NodeSet, sha256 } from "@chronoledger/core";
import type { ArrivalReading, NodeObservation } from "../context.ts";

/** One look at one node's clock, as it is kept; 64-bit integers as text. */
export type ObservationRow = {
  readonly time_utc: string;
  readonly node: number;
  readonly offset_ns: string | null;
  readonly uncertainty_ns: string | null;
  readonly measurement_ns: string | null;
  readonly state: NodeObservation["state"];
  readonly source: string;
  readonly flags: number;
  /** bigint: as text. */
  readonly epoch: string | number;
  readonly tai_minus_utc: number | null;
  readonly key_id: string | null;
};

const BIT = { test: 1, holdover: 2, insert: 4, delete: 8 } as const;
/** Sums of two of these still fit 64 bits: a node that states a time of another age must not break the records. */
const FAR = 1n << 62n;
const within = (value: bigint): bigint => (value > FAR ? FAR : value < -FAR ? -FAR : value);
const KEY_ID_BYTES = 8;

/** Short name of a node's key: the first bytes of its SHA-256. */
export const keyIdOf = (key: Uint8Array): string => `p256:${bytesToHex(sha256(key).subarray(0, KEY_ID_BYTES))}`;

/** What a node said of itself, made fit for a report: no control characters, and no more than 100 characters. */
export const plainName = (text: string): string =>
  text.replaceAll(/[\u0000-\u001f\u007f]/g, " ").slice(0, 100) || "none";

/**
 * @param reference of the same moment. What the offset was measured against is uncertain itself, so half its width is added to
 * what the question took.
 */
export function observationRow(
  look: NodeObservation,
  reference: ArrivalReading | undefined,
  set: NodeSet,
): ObservationRow {
  const measured =
    look.offset === null || look.measurementUncertainty === null || reference === undefined
      ? undefined
      : { offset: within(look.offset), wide: within(look.measurementUncertainty + reference.uncertainty) };
  const key = set.keys[look.node];
  return {
    time_utc: String(look.timeUtc),
    node: look.node,
    offset_ns: measured === undefined ? null : String(measured.offset),
    uncertainty_ns: look.uncertainty === null ? null : String(within(look.uncertainty)),
    measurement_ns: measured === undefined ? null : String(measured.wide),
    state: look.state,
    source: plainName(look.source),
    flags:
      (look.test ? BIT.test : 0) | (look.holdover ? BIT.holdover : 0) | (look.leap === "none" ? 0 : BIT[look.leap]),
    epoch: look.epoch,
    tai_minus_utc: look.taiMinusUtc,
    key_id: key === undefined ? null : keyIdOf(key),
  };
}

const bigOrNull = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

/** @param taiMinusUtc what stands where the node stated none. */
export const observationOf = (row: ObservationRow, taiMinusUtc: number): ClockObservation => ({
  timeUtcNs: BigInt(row.time_utc),
  node: row.node,
  offsetNs: bigOrNull(row.offset_ns),
  uncertaintyNs: bigOrNull(row.uncertainty_ns),
  measurementUncertaintyNs: bigOrNull(row.measurement_ns),
  state: row.state,
  source: row.source,
  test: (row.flags & BIT.test) !== 0,
  holdover: (row.flags & BIT.holdover) !== 0,
  leap: (row.flags & BIT.insert) !== 0 ? "insertion" : (row.flags & BIT.delete) !== 0 ? "deletion" : "none",
  epoch: Number(row.epoch),
  taiMinusUtc: row.tai_minus_utc ?? taiMinusUtc,
  keyId: row.key_id,
  configurationId: null,
});
