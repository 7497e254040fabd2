import {
  bytesToHex,
  conflictOf,
  equalBytes,
  type NodeSet,
  type Statement,
  statementDigest,
  toBase64Url,
  verifyCertificate,
} from "@chronoledger/core";
import type { Evidence } from "./evidence-file.ts";
import type { Logger } from "./log.ts";
import { verifyByOpenSsl } from "./p256-key.ts";

/** Certificates held against new ones. */
const RECENT = 256;
/** Evidence kept by one process: enough to prove a fault, not enough to fill a disk. */
const MAX_EVIDENCE = 1_000;

/** A certificate whose signatures have been checked. */
export type VerifiedCertificate = {
  readonly bytes: Uint8Array;
  readonly statement: Uint8Array;
  /** SHA-256 of the statement: what the next one links to. */
  readonly digest: Uint8Array;
  readonly fields: Statement;
};

export type CertificateWatchOptions = {
  readonly set: NodeSet;
  readonly log: Logger;
  readonly keepEvidence: (evidence: Evidence) => void;
};

/**
 * Verifies every certificate that a component sees, and holds it against those before it: two that contradict one another prove
 * that more nodes cheated than the set tolerates, so the pair is kept and an alarm raised (protocol.md section 4).
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #recent: VerifiedCertificate[] = [];
  #conflicts = 0;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
  }

  /** Pairs found so far. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /**
   * @param verified whether the caller has verified its signatures itself.
   * `isNew` is false for the very bytes that were seen before; `conflict` tells whether it contradicts another valid certificate.
   * @throws why it is not valid
   */
  examine(
    bytes: Uint8Array,
    verified = false,
  ): { certificate: VerifiedCertificate; isNew: boolean; conflict: boolean } {
    const seen = this.#recent.findLast((known) => equalBytes(known.bytes, bytes));
    if (seen !== undefined) return { certificate: seen, isNew: false, conflict: false };
    const { statement, fields } = verifyCertificate(bytes, this.#options.set, verified ? () => true : verifyByOpenSsl);
    const certificate: VerifiedCertificate = { bytes, statement, fields, digest: statementDigest(statement) };
    const other = this.#recent.find(
      (known) =>
        conflictOf({ bytes: known.statement, fields: known.fields }, { bytes: statement, fields }) !== undefined,
    );
    if (other !== undefined) this.#report(other, certificate);
    this.#recent.push(certificate);
    if (this.#recent.length > RECENT) this.#recent.shift();
    return { certificate, isNew: true, conflict: other !== undefined };
  }

  #report(first: VerifiedCertificate, second: VerifiedCertificate): void {
    this.#conflicts++;
    this.#options.log.error(
      { first: bytesToHex(first.digest), second: bytesToHex(second.digest), sequence: second.fields.sequence },
      "ALARM: two valid certificates contradict one another; more nodes cheated than the set tolerates",
    );
    if (this.#conflicts > MAX_EVIDENCE) return;
    this.#options.keepEvidence({
      fault: "conflicting-certificates",
      first: toBase64Url(first.bytes),
      second: toBase64Url(second.bytes),
    });
  }
}
