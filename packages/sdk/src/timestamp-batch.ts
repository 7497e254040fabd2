import {
  ChronoError,
  type DurationNs,
  decodeCertificate,
  decodeStatement,
  equalBytes,
  openBatch,
  toBase64Url,
  toIso8601,
  type UnixNs,
} from "@chronoledger/core";
import type { StampBatch } from "@chronoledger/core/gateway";
import { HardwareProof } from "./hardware-proof.ts";
import type { Trust, TrustKind } from "./trust.ts";

/** Many stamps of one instant. Each proof is derived from the batch, offline, when it is asked for. */
export type TimestampBatch = Iterable<BatchItem> & {
  readonly id: string;
  readonly count: number;
  /** Of all of them: UTC in nanoseconds. */
  readonly timestamp: bigint;
  /** Half width of the interval in nanoseconds. */
  readonly confidence: number;
  readonly uncertainty: bigint;
  /** UTC in nanoseconds. */
  readonly existedBefore: bigint;
  readonly sequence: bigint;
  readonly precision: "ms" | "us" | "ns";
  readonly nistCompliant: boolean;
  readonly test: boolean;
  readonly trust: TrustKind | "unverified";
  /** @param index 0 to count - 1. @throws proof/malformed */
  proof(index: number): HardwareProof;
  /** @throws proof/malformed */
  imprint(index: number): Uint8Array;
  toJSON(): Readonly<Record<string, string | number | boolean>>;
};
export type BatchItem = { readonly index: number; readonly imprint: Uint8Array; readonly proof: HardwareProof };

export type BatchCheck = { readonly trust: Trust; readonly verify: boolean; readonly imprints: readonly Uint8Array[] };

const differs = (field: string, index?: number): ChronoError =>
  new ChronoError(
    "proof/context",
    { field, index },
    { remedy: "the gateway states something else than it can prove: do not rely on it" },
  );

/**
 * Checks the certificate once, that the leaves lead to it, and that each is what was sent.
 * @throws proof/*, certificate/*, statement/*
 */
export async function openTimestampBatch(wire: StampBatch, check: BatchCheck): Promise<TimestampBatch> {
  const batch = openBatch(wire);
  const proofOf = (index: number) => new HardwareProof(batch.proof(index));
  const { imprints, trust, verify } = check;
  if (wire.count !== imprints.length || batch.count !== imprints.length) throw differs("count");
  if (verify) {
    const proven = await trust.require(proofOf(0));
    const { taiMinusUtc } = decodeStatement(decodeCertificate(wire.certificate).statement);
    if (proven.timestamp !== wire.timeUtcNs) throw differs("timeUtcNs");
    if (proven.existedBeforeTai !== wire.existedBeforeTaiNs) throw differs("existedBeforeTaiNs");
    if (proven.sequence !== wire.sequence) throw differs("sequence");
    if (taiMinusUtc !== wire.taiMinusUtc) throw differs("taiMinusUtc");
    if (proven.test && (!wire.test || wire.nistCompliant)) throw differs("test");
    for (const [index, imprint] of imprints.entries()) {
      const leaf = batch.leaf(index);
      if (!equalBytes(leaf.imprint, imprint)) throw differs("imprint", index);
      if (leaf.time !== wire.timeTaiNs || leaf.uncertainty !== wire.uncertaintyNs) throw differs("timeTaiNs", index);
    }
  }
  const existedBefore = wire.existedBeforeTaiNs - (wire.timeTaiNs - wire.timeUtcNs);
  const stated = {
    id: wire.id,
    count: wire.count,
    precision: wire.precision,
    nistCompliant: wire.nistCompliant,
    test: wire.test,
    trust: verify ? trust.kind : ("unverified" as const),
  };
  return {
    ...stated,
    timestamp: wire.timeUtcNs,
    confidence: Number(wire.uncertaintyNs),
    uncertainty: wire.uncertaintyNs as DurationNs,
    existedBefore,
    sequence: wire.sequence,
    proof: proofOf,
    imprint: (index) => batch.leaf(index).imprint,
    *[Symbol.iterator]() {
      for (let index = 0; index < wire.count; index++)
        yield { index, imprint: batch.leaf(index).imprint, proof: proofOf(index) };
    },
    toJSON: () => ({
      ...stated,
      timestamp: String(wire.timeUtcNs),
      time: toIso8601(wire.timeUtcNs as UnixNs),
      uncertainty: String(wire.uncertaintyNs),
      existedBefore: String(existedBefore),
      sequence: String(wire.sequence),
      certificate: toBase64Url(wire.certificate),
    }),
  };
}
