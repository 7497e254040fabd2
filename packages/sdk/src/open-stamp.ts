import {
  ChronoError,
  type DurationNs,
  type TaiNs,
  toBase64Url,
  toIso8601,
  toTai,
  type UnixNs,
} from "@chronoledger/core";
import type { Stamp } from "@chronoledger/core/gateway";
import { HardwareProof, type HardwareProofJson } from "./hardware-proof.ts";
import type { Trust, TrustKind } from "./trust.ts";

/** What every stamp states. Times are UTC in nanoseconds unless a name says otherwise. */
export type Timestamp = {
  readonly id: string;
  /** Arrival at the gateway, UTC in nanoseconds: its word, from a fault-tolerant interval of the nodes' readings. */
  readonly timestamp: bigint;
  /** Half width of the interval in nanoseconds: the true time of arrival lies in `timestamp` ± `confidence`. */
  readonly confidence: number;
  /** The same, as an exact integer of nanoseconds. */
  readonly uncertainty: bigint;
  readonly proof: HardwareProof;
  /** Whether the chain of comparisons is documented to end at NIST. Never true together with `test`. */
  readonly nistCompliant: boolean;
  /** The quorum's word: what was stamped existed before this instant, UTC in nanoseconds. */
  readonly existedBefore: bigint;
  readonly existedBeforeTai: TaiNs;
  /** Of the certificate, in its network. */
  readonly sequence: bigint;
  /** SHA-256 of what was stamped; of random bytes that this client drew when nothing was given. */
  readonly imprint: Uint8Array;
  readonly context: Uint8Array;
  readonly precision: "ms" | "us" | "ns";
  /** A key or a clock is not rooted in hardware: good for trying out, no evidence. */
  readonly test: boolean;
  /** Against what the proof was held; "unverified" when verification was switched off. */
  readonly trust: TrustKind | "unverified";
  toJSON(): TimestampJson;
};

export type TimestampJson = {
  readonly id: string;
  readonly timestamp: string;
  readonly uncertainty: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly existedBefore: string;
  readonly sequence: string;
  readonly imprint: string;
  readonly context: string;
  readonly precision: string;
  readonly nistCompliant: boolean;
  readonly test: boolean;
  readonly trust: string;
  readonly proof: HardwareProofJson;
};

export type StampCheck = {
  readonly trust: Trust;
  readonly verify: boolean;
  /** What it has to cover. */
  readonly imprint?: Uint8Array;
};

/** A gateway that answers with another stamp than its proof holds is as wrong as one without a proof. */
function requireSame(stated: Readonly<Record<string, unknown>>, proven: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(stated))
    if (value !== proven[field])
      throw new ChronoError(
        "proof/context",
        { field, stated: String(value), proven: String(proven[field]) },
        { remedy: "the gateway states something else than it can prove: do not rely on it" },
      );
}

/**
 * Checks that the proof holds, covers what was sent, and says what the stamp says.
 * @throws proof/*, certificate/*, statement/*
 */
export async function openStamp(stamp: Stamp, { trust, verify, imprint }: StampCheck): Promise<Timestamp> {
  const proof = HardwareProof.from(stamp.proof);
  const proven = verify ? await trust.require(proof, imprint === undefined ? {} : { imprint }) : undefined;
  if (proven !== undefined)
    requireSame(
      {
        timeTaiNs: stamp.timeTaiNs,
        timeUtcNs: stamp.timeUtcNs,
        uncertaintyNs: stamp.uncertaintyNs,
        existedBeforeTaiNs: stamp.existedBeforeTaiNs,
        sequence: stamp.sequence,
        imprint: toBase64Url(stamp.imprint),
        context: toBase64Url(stamp.context),
        taiMinusUtc: stamp.taiMinusUtc,
        test: stamp.test || proven.test,
        nistCompliant: stamp.nistCompliant && !proven.test,
      },
      {
        timeTaiNs: toTai(proven.timestamp, proven.taiMinusUtc),
        timeUtcNs: proven.timestamp,
        uncertaintyNs: proven.uncertainty,
        existedBeforeTaiNs: proven.existedBeforeTai,
        sequence: proven.sequence,
        imprint: toBase64Url(proven.imprint),
        context: toBase64Url(proven.context),
        taiMinusUtc: proven.taiMinusUtc,
        test: stamp.test,
        nistCompliant: stamp.nistCompliant,
      },
    );
  return timestampOf(stamp, proof, verify ? trust.kind : "unverified");
}

function timestampOf(stamp: Stamp, proof: HardwareProof, trust: Timestamp["trust"]): Timestamp {
  const existedBefore = stamp.existedBeforeTaiNs - (stamp.timeTaiNs - stamp.timeUtcNs);
  return {
    id: stamp.id,
    timestamp: stamp.timeUtcNs as UnixNs,
    confidence: Number(stamp.uncertaintyNs),
    uncertainty: stamp.uncertaintyNs as DurationNs,
    proof,
    nistCompliant: stamp.nistCompliant,
    existedBefore,
    existedBeforeTai: stamp.existedBeforeTaiNs as TaiNs,
    sequence: stamp.sequence,
    imprint: stamp.imprint,
    context: stamp.context,
    precision: stamp.precision,
    test: stamp.test,
    trust,
    toJSON: () => ({
      id: stamp.id,
      timestamp: String(stamp.timeUtcNs),
      uncertainty: String(stamp.uncertaintyNs),
      time: toIso8601(stamp.timeUtcNs as UnixNs),
      existedBefore: String(existedBefore),
      sequence: String(stamp.sequence),
      imprint: toBase64Url(stamp.imprint),
      context: toBase64Url(stamp.context),
      precision: stamp.precision,
      nistCompliant: stamp.nistCompliant,
      test: stamp.test,
      trust,
      proof: proof.toJSON(),
    }),
  };
}
