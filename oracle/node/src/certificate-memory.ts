import { renameSync, writeFileSync } from "node:fs";
import {
  bytesToHex,
  conflictOf,
  equalBytes,
  type NodeSet,
  statementDigest,
  toBase64Url,
  verifyCertificate,
} from "@chronoledger/core";
import { type Evidence, type Logger, readIfPresent, verifyByOpenSsl } from "@chronoledger/service";
import type { KnownCertificate } from "./cosign.ts";

/** Certificates held against new ones. */
const RECENT = 256;
/** Evidence kept by one process: enough to prove a fault, not enough to fill a disk. */
const MAX_EVIDENCE = 1_000;

export type CertificateMemoryOptions = {
  readonly path: string;
  readonly set: NodeSet;
  readonly log: Logger;
  readonly keepEvidence: (evidence: Evidence) => void;
};

/**
 * The certificates that the node has verified. The newest is written without waiting for the disk: after a loss of power an
 * aggregator presents it again, and the journal still knows its sequence, so an older one is not taken for the newest.
 */
export class CertificateMemory {
  readonly #options: CertificateMemoryOptions;
  readonly #recent: KnownCertificate[] = [];
  #newest: KnownCertificate | undefined;
  #conflicts = 0;

  constructor(options: CertificateMemoryOptions) {
    this.#options = options;
    const stored = readIfPresent(options.path);
    if (stored === undefined) return;
    try {
      this.learn(Uint8Array.from(stored));
    } catch (error) {
      options.log.warn({ err: error }, "the stored certificate is not valid and is left out");
    }
  }

  get newest(): KnownCertificate | undefined {
    return this.#newest;
  }
  get conflicts(): number {
    return this.#conflicts;
  }

  /**
   * Verifies, compares with those known, and remembers.
   * @returns the certificate, and whether it contradicts another valid one. @throws why it is not valid
   */
  learn(bytes: Uint8Array): { certificate: KnownCertificate; conflict: boolean } {
    const seen = this.#recent.find((known) => equalBytes(known.bytes, bytes));
    if (seen !== undefined) return { certificate: seen, conflict: false };
    const { statement, fields } = verifyCertificate(bytes, this.#options.set, verifyByOpenSsl);
    const certificate: KnownCertificate = { bytes, statement, fields, digest: statementDigest(statement) };
    const conflict = this.#recent.find(
      (known) =>
        conflictOf({ bytes: known.statement, fields: known.fields }, { bytes: statement, fields }) !== undefined,
    );
    if (conflict !== undefined) this.#report(conflict, certificate);
    this.#recent.push(certificate);
    if (this.#recent.length > RECENT) this.#recent.shift();
    if (this.#newest === undefined || fields.sequence > this.#newest.fields.sequence) {
      this.#newest = certificate;
      this.#store(bytes);
    }
    return { certificate, conflict: conflict !== undefined };
  }

  #store(bytes: Uint8Array): void {
    const { path, log } = this.#options;
    try {
      writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      log.warn({ err: error }, "the newest certificate could not be stored; it is kept in memory");
    }
  }

  #report(known: KnownCertificate, other: KnownCertificate): void {
    this.#conflicts++;
    const { log, keepEvidence } = this.#options;
    const digests = {
      known: bytesToHex(known.digest),
      other: bytesToHex(other.digest),
      sequence: String(other.fields.sequence),
    };
    log.error(
      digests,
      "ALARM: two valid certificates contradict one another; more nodes cheated than the set tolerates",
    );
    if (this.#conflicts <= MAX_EVIDENCE)
      keepEvidence({
        fault: "conflicting-certificates",
        first: toBase64Url(known.bytes),
        second: toBase64Url(other.bytes),
      });
  }
}
