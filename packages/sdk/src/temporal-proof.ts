import { ChronoError, Hash, NS_PER_S, sha256, toBase64Url, U64, type UnixNs, unixNs } from "@chronoledger/core";
import { canonicalText } from "./canonical-event.ts";
import { HardwareProof, type HardwareProofJson } from "./hardware-proof.ts";

export type TemporalProofJson = {
  readonly version: 1;
  readonly kind: "event";
  /** SHA-256 of the event's canonical JSON, in base64url. */
  readonly event: string;
  /** Claimed time of the event, UTC in nanoseconds. */
  readonly timestamp: string;
  readonly proof: HardwareProofJson;
};

/**
 * What a stamp of an event covers: SHA-256 of the canonical JSON of `{event, timestamp}`, `event` being the hash of the event
 * in base64url. Neither can be exchanged afterwards.
 */
export const bindingImprint = (event: Uint8Array, timestamp: bigint): Uint8Array =>
  sha256(new TextEncoder().encode(canonicalText({ event: toBase64Url(event), timestamp: unixNs(timestamp) })));

/**
 * Proves that somebody stated "this event, at this time" before the certificate's instant. It does not prove that the event
 * happened then: a claim that was stamped long after its own time rests on whoever made it. {@link claimOf} says how they lie.
 */
export class TemporalProof {
  readonly event: Uint8Array;
  readonly timestamp: UnixNs;
  readonly proof: HardwareProof;

  constructor(parts: { readonly event: Uint8Array; readonly timestamp: bigint; readonly proof: HardwareProof }) {
    this.event = parts.event;
    this.timestamp = unixNs(parts.timestamp);
    this.proof = parts.proof;
  }

  static isJson(value: unknown): boolean {
    return typeof value === "object" && value !== null && "kind" in value && value.kind === "event";
  }

  /** @param value parsed JSON. @throws proof/malformed, input/malformed */
  static from(value: unknown): TemporalProof {
    if (value instanceof TemporalProof) return value;
    const { version, event, timestamp, proof } = (value ?? {}) as Partial<Record<keyof TemporalProofJson, unknown>>;
    const time = U64.safeDecode(timestamp as string);
    const hash = Hash.safeDecode(event as string);
    if (version !== 1 || !TemporalProof.isJson(value) || !time.success || !hash.success)
      throw new ChronoError("proof/malformed", {
        what: "proof of an event",
        need: "version 1, kind, event, timestamp",
      });
    return new TemporalProof({ event: hash.data, timestamp: time.data, proof: HardwareProof.from(proof) });
  }

  /** What its stamp has to cover. */
  get imprint(): Uint8Array {
    return bindingImprint(this.event, this.timestamp);
  }

  toJSON(): TemporalProofJson {
    return {
      version: 1,
      kind: "event",
      event: toBase64Url(this.event),
      timestamp: String(this.timestamp),
      proof: this.proof.toJSON(),
    };
  }
}

/**
 * How a claimed time lies to the proven ones. "at-arrival": within the reading's uncertainty and a second of it. "earlier": the
 * event is said to be older than the proof; nothing here speaks for it. "later": it was announced, not witnessed.
 */
export type ClaimRelation = "earlier" | "at-arrival" | "later";

export function claimOf(claimed: bigint, arrival: bigint, uncertainty: bigint): ClaimRelation {
  const slack = uncertainty + NS_PER_S;
  if (claimed < arrival - slack) return "earlier";
  return claimed > arrival + slack ? "later" : "at-arrival";
}
