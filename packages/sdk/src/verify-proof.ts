import {
  ChronoError,
  copyBytes,
  verifyProof as coreVerifyProof,
  type DurationNs,
  decodeCertificate,
  decodeStatement,
  type ErrorCode,
  equalBytes,
  isChronoError,
  type NodeSet,
  type TaiNs,
  toBase64Url,
  toUtc,
  type UnixNs,
  type VerifySignature,
  verifySignature,
} from "@chronoledger/core";
import { eventHash } from "./canonical-event.ts";
import { HardwareProof } from "./hardware-proof.ts";
import { type ClaimRelation, claimOf, TemporalProof } from "./temporal-proof.ts";

/** All that can be verified: proofs of either kind, what holds one, their JSON, and the bytes of a `.chrono` file. */
export type AnyProof = TemporalProof | HardwareProof | { readonly proof: HardwareProof } | Uint8Array | object;

export type ProvenStamp = {
  readonly valid: true;
  /** SHA-256 of what was stamped. */
  readonly imprint: Uint8Array;
  readonly context: Uint8Array;
  /** Arrival, UTC in ns: the word of whoever took it in. */
  readonly timestamp: UnixNs;
  /** Half width of the arrival's interval, ns. */
  readonly uncertainty: DurationNs;
  /** The quorum's word, UTC in ns: what was stamped existed before this instant. */
  readonly existedBefore: UnixNs;
  readonly existedBeforeTai: TaiNs;
  /** Seconds, as signed. */
  readonly taiMinusUtc: number;
  readonly networkId: number;
  readonly epoch: number;
  readonly sequence: bigint;
  /** Nodes that signed, by index in their set. */
  readonly signers: readonly number[];
  /** A key or a clock is not rooted in hardware: good for trying out, no evidence. */
  readonly test: boolean;
  /** "not-compared": nothing was given to compare; the proof holds for whatever has this imprint. */
  readonly event: "matches" | "not-compared";
  /** Of a {@link TemporalProof}: the time that somebody stated, and how it lies to what is proven. */
  readonly claim?: { readonly timestamp: UnixNs; readonly relation: ClaimRelation };
};
export type VerificationResult =
  | ProvenStamp
  | { readonly valid: false; readonly code: ErrorCode; readonly reason: string };

export type VerifyOptions = {
  /** The event of a {@link TemporalProof}, or the record of a regulated stamp. */
  readonly event?: unknown;
  /** SHA-256 that the stamp has to cover, for plain stamps. */
  readonly imprint?: Uint8Array;
  /** For a faster check of signatures with the same verdicts. */
  readonly verify?: VerifySignature;
};

/** The proof within whatever holds one. @throws proof/malformed, input/malformed */
export function readProof(value: AnyProof): TemporalProof | HardwareProof {
  if (value instanceof TemporalProof || value instanceof HardwareProof) return value;
  if (value instanceof Uint8Array) return HardwareProof.from(value);
  if (TemporalProof.isJson(value)) return TemporalProof.from(value);
  return HardwareProof.from("proof" in value ? value.proof : value);
}

/**
 * Offline, with the node set alone.
 * @param nodeSets of one epoch, or of several: the certificate's own network and epoch choose.
 * @returns never throws for a proof: what is wrong with it is in the result.
 */
export function verifyProof(
  value: AnyProof,
  nodeSets: NodeSet | readonly NodeSet[],
  options: VerifyOptions = {},
): VerificationResult {
  try {
    return prove(value, "networkId" in nodeSets ? [nodeSets] : nodeSets, options);
  } catch (error) {
    if (!isChronoError(error)) throw error;
    return { valid: false, code: error.code, reason: error.message };
  }
}

function prove(value: AnyProof, sets: readonly NodeSet[], { event, imprint, verify }: VerifyOptions): ProvenStamp {
  const given = readProof(value);
  const proof = given instanceof TemporalProof ? given.proof : given;
  const { statement, signers } = decodeCertificate(proof.certificate);
  const { networkId, epoch, taiMinusUtc } = decodeStatement(statement);
  const verified = coreVerifyProof(proof, nodeSetFor(sets, networkId, epoch), verify === undefined ? {} : { verify });
  const { leaf } = verified;
  if (given instanceof TemporalProof) requireImprint(leaf.imprint, given.imprint, "event and timestamp");
  if (imprint !== undefined) requireImprint(leaf.imprint, imprint, "data");
  if (event !== undefined)
    requireImprint(given instanceof TemporalProof ? given.event : leaf.imprint, eventHash(event), "event");
  const timestamp = toUtc(leaf.time, taiMinusUtc);
  return {
    valid: true,
    imprint: leaf.imprint,
    context: leaf.context,
    timestamp,
    uncertainty: leaf.uncertainty,
    existedBefore: toUtc(verified.existedBefore, taiMinusUtc),
    existedBeforeTai: verified.existedBefore,
    taiMinusUtc,
    networkId,
    epoch,
    sequence: verified.sequence,
    signers,
    test: verified.test,
    event: event === undefined && imprint === undefined ? "not-compared" : "matches",
    ...(given instanceof TemporalProof
      ? { claim: { timestamp: given.timestamp, relation: claimOf(given.timestamp, timestamp, leaf.uncertainty) } }
      : {}),
  };
}

/** @throws statement/network, statement/epoch */
function nodeSetFor(sets: readonly NodeSet[], networkId: number, epoch: number): NodeSet {
  const ours = sets.filter((set) => set.networkId === networkId);
  const set = ours.find((each) => each.epoch === epoch);
  if (set !== undefined) return set;
  if (ours.length === 0)
    throw new ChronoError("statement/network", { got: networkId, need: sets.map((each) => each.networkId).join(", ") });
  throw new ChronoError(
    "statement/epoch",
    { got: epoch, need: ours.map((each) => each.epoch).join(", ") },
    { remedy: "give the node set of that epoch" },
  );
}

function requireImprint(stamped: Uint8Array, given: Uint8Array, what: string): void {
  if (!equalBytes(stamped, given))
    throw new ChronoError("proof/context", {
      reason: `this ${what} is not what was stamped`,
      stamped: toBase64Url(stamped),
      given: toBase64Url(given),
    });
}

/** Remembers verdicts: many proofs of one certificate cost its signatures once. Holds at most so many. */
export function rememberingVerifier(verify: VerifySignature = verifySignature, most = 1_024): VerifySignature {
  const known = new Map<string, boolean>();
  return (message, signature, key) => {
    const name = [message, signature, key].map((bytes) => toBase64Url(copyBytes(bytes))).join(".");
    const before = known.get(name);
    if (before !== undefined) return before;
    const verdict = verify(message, signature, key);
    if (known.size >= most) known.clear();
    known.set(name, verdict);
    return verdict;
  };
}
