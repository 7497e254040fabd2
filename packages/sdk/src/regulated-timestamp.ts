import { parseCatTime, parseIso8601 } from "@chronoledger/compliance";
import { ChronoError, toIso8601, type UnixNs } from "@chronoledger/core";
import { type ComplianceStamp, ComplianceStampRequest, type Regime } from "@chronoledger/core/gateway";
import * as z from "zod";
import { eventHash } from "./canonical-event.ts";
import type { Timestamp, TimestampJson } from "./open-stamp.ts";

/** A stamp in the form that a regime wants, and what speaks against it. */
export type RegulatedTimestamp = Timestamp & {
  readonly regime: Regime;
  /** Class of the regime's table that it was held against. */
  readonly activity: string;
  /** The instant as the regime writes it. */
  readonly value: string;
  /** Of `value`, in nanoseconds: the reading's, and what its digits left out. */
  readonly valueUncertainty: bigint;
  readonly granularityNs: bigint;
  readonly divergenceLimitNs: bigint;
  readonly withinLimit: boolean;
  /** Why this is no evidence under the regime; empty when it is. */
  readonly reasons: readonly string[];
  readonly citation: string;
  toJSON(): RegulatedTimestampJson;
};
export type RegulatedTimestampJson = TimestampJson & {
  readonly regime: string;
  readonly activity: string;
  readonly value: string;
  readonly valueUncertainty: string;
  readonly granularityNs: string;
  readonly divergenceLimitNs: string;
  readonly withinLimit: boolean;
  readonly reasons: readonly string[];
  readonly citation: string;
};
export type MiFIDIITimestamp = RegulatedTimestamp;
export type CATTimestamp = RegulatedTimestamp;

export type RegulatedOptions = {
  /** Class of the regime's table, such as "hft"; the strictest when absent. */
  readonly activity?: string;
  /** The record's name for reports: an order id, never a person. */
  readonly reference?: string;
};

/** Only the record's hash goes out. */
export const regulatedRequest = (regime: Regime, record: object, options: RegulatedOptions) =>
  z.encode(ComplianceStampRequest, {
    regime,
    imprint: eventHash(record),
    ...(options.activity === undefined ? {} : { activity: options.activity }),
    ...(options.reference === undefined ? {} : { reference: options.reference }),
  });

/** What the printed text can mean, UTC in ns. */
const meanings = (regime: Regime, value: string): readonly UnixNs[] =>
  regime === "cat" ? parseCatTime(value) : [parseIso8601(value).timeUtcNs];

/** @throws proof/context when the text is not the proven reading within the stated uncertainty */
export function regulatedTimestamp(wire: ComplianceStamp, stamp: Timestamp): RegulatedTimestamp {
  const { regime, value, uncertaintyNs } = wire;
  const far = (time: bigint) => (time > stamp.timestamp ? time - stamp.timestamp : stamp.timestamp - time);
  if (uncertaintyNs < stamp.uncertainty || !meanings(regime, value).some((time) => far(time) <= uncertaintyNs))
    throw new ChronoError(
      "proof/context",
      { field: "value", stated: value, proven: toIso8601(stamp.timestamp as UnixNs) },
      { remedy: "the gateway prints another time than it can prove: do not rely on it" },
    );
  const stated = {
    regime,
    activity: wire.activity,
    value,
    withinLimit: wire.withinLimit,
    reasons: wire.reasons,
    citation: wire.citation,
  };
  return {
    ...stamp,
    ...stated,
    valueUncertainty: uncertaintyNs,
    granularityNs: wire.granularityNs,
    divergenceLimitNs: wire.divergenceLimitNs,
    toJSON: () => ({
      ...stamp.toJSON(),
      ...stated,
      valueUncertainty: String(uncertaintyNs),
      granularityNs: String(wire.granularityNs),
      divergenceLimitNs: String(wire.divergenceLimitNs),
    }),
  };
}
