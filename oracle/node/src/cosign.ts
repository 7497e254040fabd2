import {
  anchorDigest,
  ChronoError,
  checkQuorumStatement,
  equalBytes,
  FLAG,
  isZero,
  KIND,
  type NodeSet,
  type Statement,
  type TaiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import type { VerifiedCertificate } from "@chronoledger/service";
import type { DisciplinedReading } from "./discipline.ts";

/**
 * How far a sequence may run ahead of the last known one. Without a bound one hostile aggregator could use up all numbers at
 * once; a million rounds that fail one after the other still pass.
 */
export const MAX_SEQUENCE_STEP = 1n << 20n;

/** What the node has bound itself to. */
export type Standing = {
  readonly sequence: bigint;
  readonly time: TaiNs;
  /** Sequence of the newest certificate ever seen, also when its bytes were lost. */
  readonly knownCertificate: bigint;
};

export type CosignFacts = {
  readonly set: NodeSet;
  readonly index: number;
  readonly reading: DisciplinedReading;
  /** TAI minus UTC at the appointed instant by the node's own table. */
  readonly taiMinusUtc: number | undefined;
  readonly standing: Standing;
  /** Anchors of this node that an aggregator may still hold. */
  readonly recentAnchors: readonly Uint8Array[];
};

export type CosignInput = {
  readonly fields: Statement;
  readonly anchors: readonly Uint8Array[];
  /** Verified; null when the request had none. */
  readonly certificate: VerifiedCertificate | null;
};

/** Every rule of protocol.md section 5.2, on receipt. @throws one named reason */
export function checkOnReceipt(input: CosignInput, facts: CosignFacts): void {
  const { fields } = input;
  if (fields.kind !== KIND.quorum) throw new ChronoError("statement/kind", { got: fields.kind, need: KIND.quorum });
  checkQuorumStatement(fields, facts.set);
  checkClockClaims(fields, facts);
  checkInstant(fields, facts);
  checkStanding(input, facts);
  checkLink(input);
  checkAnchors(input, facts);
}

/** The rules whose answer may have changed while the node waited for the instant. @throws one named reason */
export function checkBeforeSigning(input: CosignInput, facts: CosignFacts): void {
  checkClockClaims(input.fields, facts);
  checkStanding(input, facts);
}

function checkClockClaims(fields: Statement, { reading, taiMinusUtc }: CosignFacts): void {
  if ((reading.flags & FLAG.test) !== 0 && (fields.flags & FLAG.test) === 0)
    throw new ChronoError(
      "statement/test-flag",
      {},
      { remedy: "this node's key or clock is not hardware-rooted: set the test flag" },
    );
  const leap = FLAG.leapInsertion | FLAG.leapDeletion;
  if (
    (fields.flags & leap) !== (reading.flags & leap) ||
    ((reading.flags & FLAG.holdover) !== 0 && (fields.flags & FLAG.holdover) === 0)
  )
    throw new ChronoError("statement/flags", { got: fields.flags, need: reading.flags });
  if (fields.taiMinusUtc !== taiMinusUtc)
    throw new ChronoError("statement/tai-offset", { got: fields.taiMinusUtc, need: taiMinusUtc });
  if (reading.uncertainty > fields.uncertainty)
    throw new ChronoError("statement/uncertainty", {
      stated: String(fields.uncertainty),
      own: String(reading.uncertainty),
    });
}

function checkInstant(fields: Statement, { reading, set }: CosignFacts): void {
  const ahead = fields.time - reading.time;
  const times = { time: String(fields.time), reading: String(reading.time), most: String(set.policy.maxLead) };
  if (ahead > set.policy.maxLead) throw new ChronoError("statement/too-early", times);
  if (-ahead > set.policy.maxLead) throw new ChronoError("statement/too-late", times);
  if (!isZero(fields.imprint) && reading.time + reading.uncertainty > fields.time)
    throw new ChronoError("statement/imprint-late", {
      time: String(fields.time),
      latest: String(reading.time + reading.uncertainty),
    });
}

function checkStanding({ fields, certificate }: CosignInput, { standing, set }: CosignFacts): void {
  const certified = certificate?.fields.sequence ?? 0n;
  const floor = standing.sequence > certified ? standing.sequence : certified;
  if (fields.sequence <= floor)
    throw new ChronoError("statement/sequence", { got: String(fields.sequence), last: String(floor) });
  if (fields.sequence - floor > MAX_SEQUENCE_STEP)
    throw new ChronoError("statement/sequence", {
      got: String(fields.sequence),
      last: String(floor),
      step: String(MAX_SEQUENCE_STEP),
    });
  const earliest = [standing.time, set.validFrom, certificate?.fields.time ?? 0n].reduce((a, b) => (a > b ? a : b));
  if (fields.previousTime < earliest || fields.previousTime >= fields.time || fields.time <= standing.time)
    throw new ChronoError("statement/span", {
      previous: String(fields.previousTime),
      time: String(fields.time),
      least: String(earliest),
    });
  if (certified < standing.knownCertificate)
    throw new ChronoError("statement/link", { presented: String(certified), known: String(standing.knownCertificate) });
}

function checkLink({ fields, certificate }: CosignInput): void {
  if (!equalBytes(fields.link, certificate?.digest ?? ZERO_HASH))
    throw new ChronoError("statement/link", {
      reason: "the link is not the hash of the presented certificate's statement",
    });
}

function checkAnchors({ fields, anchors }: CosignInput, { set, index, recentAnchors }: CosignFacts): void {
  if (anchors.length !== set.keys.length)
    throw new ChronoError("statement/anchor", { got: anchors.length, need: set.keys.length });
  if (!equalBytes(fields.anchor, anchorDigest(anchors)))
    throw new ChronoError("statement/anchor", { reason: "not the hash of the anchors" });
  const own = anchors[index];
  if (own === undefined || !recentAnchors.some((anchor) => equalBytes(anchor, own)))
    throw new ChronoError("statement/anchor", { index, reason: "not a recent anchor of this node" });
}
