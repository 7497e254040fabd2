import {
  type CatClass,
  catStamp,
  leapOfFlags,
  type MifidClass,
  mifidStamp,
  type RegulatedStamp,
  type StampInput,
  sftrStamp,
} from "@chronoledger/compliance";
import { FLAG, type UnixNs } from "@chronoledger/core";
import type { ComplianceStamp, Precision, Regime, Stamp } from "@chronoledger/core/gateway";
import type { GatewayConfig } from "../config.ts";
import { activityOf, limitOf, ruleFor } from "./regime-classes.ts";

/** The operator's word on where the documented chain of comparisons ends. */
export type TraceableTo = GatewayConfig["GATEWAY_TRACEABLE_TO"];

const PRECISION_NS: Readonly<Record<Precision, bigint>> = { ms: 1_000_000n, us: 1_000n, ns: 1n };

/** What is known of a stamp, from its leaf, its certificate's statement, and the tier that it was made under. */
export type StampedTime = {
  readonly timeTaiNs: bigint;
  readonly timeUtcNs: bigint;
  readonly uncertaintyNs: bigint;
  readonly taiMinusUtc: number;
  readonly existedBeforeTaiNs: bigint;
  readonly precision: Precision;
  /** Of leaf and statement together. */
  readonly flags: number;
};

/** @throws input/out-of-range in an announced leap second, or for a class that the regime did not have then */
export function regulatedStamp(stamped: StampedTime, regime: Regime, activity: string | undefined): RegulatedStamp {
  const input: StampInput = {
    timeTaiNs: stamped.timeTaiNs,
    uncertaintyNs: stamped.uncertaintyNs,
    taiMinusUtc: stamped.taiMinusUtc,
    leap: leapOfFlags(stamped.flags),
    test: (stamped.flags & FLAG.test) !== 0,
    existedBeforeTaiNs: stamped.existedBeforeTaiNs,
    precisionNs: PRECISION_NS[stamped.precision],
  };
  const { class: name } = ruleFor(regime, activity, stamped.timeUtcNs as UnixNs);
  switch (regime) {
    case "mifid2-eu":
      return mifidStamp(input, name as MifidClass, "EU");
    case "mifid2-uk":
      return mifidStamp(input, name as MifidClass, "UK");
    case "cat":
      return catStamp(input, name as CatClass);
    case "sftr":
      return sftrStamp(input);
  }
}

/** MiFID II asks for a documented chain to UTC, CAT for one to NIST; SFTR sets a format alone. */
function traceReason(regime: Regime, traceable: TraceableTo): string[] {
  if (regime === "sftr" || traceable === "UTC(NIST)") return [];
  if (traceable === "none") return ["No chain of comparisons with UTC is documented for the clocks of this network."];
  return regime === "cat" ? ["The documented chain of comparisons ends at UTC(k), not at NIST."] : [];
}

/** The answer to a request: the instant in the regime's form, with all that speaks against it. */
export function complianceStamp(
  stamp: Stamp,
  of: {
    readonly regime: Regime;
    readonly activity: string | undefined;
    /** Of the certificate's statement. */
    readonly flags: number;
    readonly traceable: TraceableTo;
  },
): ComplianceStamp {
  const { regime } = of;
  const flags = of.flags | (stamp.test ? FLAG.test : 0);
  const printed = regulatedStamp({ ...stamp, flags }, regime, of.activity);
  const rule = ruleFor(regime, of.activity, stamp.timeUtcNs as UnixNs);
  const reasons = printed.reasons.map(({ text }) => text);
  return {
    regime,
    activity: activityOf(printed.class),
    value: printed.value,
    granularityNs: printed.granularityNs,
    divergenceLimitNs: limitOf(rule),
    uncertaintyNs: printed.valueUncertaintyNs,
    withinLimit: printed.uncertaintyNs <= limitOf(rule),
    reasons: [...reasons, ...traceReason(regime, of.traceable)],
    citation: `${printed.citation.act}, ${printed.citation.article}`,
    stamp,
  };
}
