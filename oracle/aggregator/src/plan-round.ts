import {
  anchorDigest,
  ChronoError,
  type DurationNs,
  encodeStatement,
  FLAG,
  KIND,
  type NodeInfo,
  type NodeSet,
  NS_PER_MS,
  quorumThreshold,
  type Statement,
  type TaiNs,
  taiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import type { VerifiedCertificate } from "@chronoledger/service";
import type { Cosign } from "./node-client.ts";

/** A node's claim that runs further ahead than that is believed only when more than f nodes say so. */
const PLAUSIBLE_SEQUENCE_STEP = 1_024n;
/** The same for instants: how far clocks may differ, generously. */
const PLAUSIBLE_TIME_AHEAD_NS = 20n * NS_PER_MS;
/** Uncertainties grow between a node's last word and its signature. */
const UNCERTAINTY_MARGIN_NS = 100_000n;

export type RoundFacts = {
  readonly set: NodeSet;
  /** What nodes last said, by index; undefined for those that never answered. */
  readonly infos: readonly (NodeInfo | undefined)[];
  readonly latest: VerifiedCertificate | undefined;
  /** The largest that this aggregator has asked for. */
  readonly attempted: { readonly sequence: bigint; readonly time: bigint };
  /** TAI by the aggregator's clock. */
  readonly now: TaiNs;
};

export type RoundPlan = { readonly request: Cosign; readonly fields: Statement };

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);
const largest = (...values: readonly bigint[]): bigint => [...values].sort(descending)[0] ?? 0n;

/**
 * The instant that every certificate must lie after: all that was attempted or co-signed, as far as it is known. An honest node signs
 * only once an instant has passed, so a claim about the future is believed only when more than f nodes make it.
 */
export function floorTime({ set, infos, latest, attempted, now }: RoundFacts): bigint {
  const claims = infos.flatMap((info) => (info === undefined ? [] : [info.lastCosigned.timeTaiNs])).sort(descending);
  const trusted = largest(attempted.time, latest?.fields.time ?? 0n, set.validFrom, claims[set.f] ?? 0n);
  const plausible = largest(trusted, now) + PLAUSIBLE_TIME_AHEAD_NS;
  return largest(trusted, ...claims.filter((claim) => claim <= plausible));
}

function lastSequence({ set, infos, latest, attempted }: RoundFacts): bigint {
  const claims = infos.flatMap((info) => (info === undefined ? [] : [info.lastCosigned.sequence])).sort(descending);
  const trusted = largest(attempted.sequence, latest?.fields.sequence ?? 0n, claims[set.f] ?? 0n);
  return largest(trusted, ...claims.filter((claim) => claim <= trusted + PLAUSIBLE_SEQUENCE_STEP));
}

/** So large that n - f of the nodes can sign, but not stretched by the f worst. */
function statedUncertainty(set: NodeSet, readings: readonly { uncertaintyNs: bigint }[]): DurationNs {
  const sorted = readings
    .map(({ uncertaintyNs }) => uncertaintyNs)
    .sort(descending)
    .reverse();
  const enough = sorted[Math.min(set.keys.length - set.f, sorted.length) - 1] ?? 0n;
  const stated = enough + enough / 8n + UNCERTAINTY_MARGIN_NS;
  return (stated < set.policy.maxUncertainty ? stated : set.policy.maxUncertainty) as DurationNs;
}

/**
 * The leap second that most announce, and each other flag without which no k nodes would sign: one node cannot bring a flag into a
 * certificate that chains or readers refuse.
 */
function agreedFlags(speaking: readonly number[], need: number): number {
  const leap = mostCommon(speaking.map((flags) => flags & (FLAG.leapInsertion | FLAG.leapDeletion)));
  const asked = [FLAG.test, FLAG.holdover].filter(
    (flag) => speaking.filter((flags) => (flags & flag) === 0).length < need,
  );
  return asked.reduce((all, flag) => all | flag, leap);
}

/** What most nodes say; the larger of two that are said equally often. */
function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

/** TAI minus UTC as most nodes have it; undefined while none states a time. */
export function agreedTaiOffset(infos: readonly (NodeInfo | undefined)[]): number | undefined {
  const offsets = infos.flatMap((info) => info?.reading?.taiMinusUtc ?? []);
  return offsets.length === 0 ? undefined : mostCommon(offsets);
}

/**
 * Fills in a whole quorum statement for the instant (protocol.md section 5.1).
 * @throws round/failed while fewer than k nodes state a time, or when the instant lies behind what was co-signed
 */
export function planRound(facts: RoundFacts, time: TaiNs, imprint: Uint8Array = ZERO_HASH): RoundPlan {
  const { set, infos, latest } = facts;
  const readings = infos.flatMap((info) => info?.reading ?? []);
  const need = quorumThreshold(set.keys.length, set.f);
  if (readings.length < need) throw new ChronoError("round/failed", { stateATime: readings.length, need });
  const previousTime = floorTime(facts);
  if (time <= previousTime)
    throw new ChronoError("round/failed", { time: String(time), certifiedUpTo: String(previousTime) });
  const speaking = infos.flatMap((info) => (info === undefined || info.reading === null ? [] : [info.flags]));
  const anchors = set.keys.map((_, index) => infos[index]?.anchor ?? ZERO_HASH);
  const fields: Statement = {
    kind: KIND.quorum,
    flags: agreedFlags(speaking, need),
    taiMinusUtc: agreedTaiOffset(infos) ?? 0,
    networkId: set.networkId,
    epoch: set.epoch,
    policyId: set.policy.policyId,
    time,
    uncertainty: statedUncertainty(set, readings),
    sequence: lastSequence(facts) + 1n,
    previousTime: taiNs(previousTime),
    imprint,
    link: latest?.digest ?? ZERO_HASH,
    anchor: anchorDigest(anchors),
  };
  return { fields, request: { statement: encodeStatement(fields), lastCertificate: latest?.bytes ?? null, anchors } };
}
