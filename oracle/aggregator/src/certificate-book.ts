import {
  bytesToHex,
  type CertificateEntry,
  ChronoError,
  conflictOf,
  equalBytes,
  type NodeSet,
  toBase64Url,
} from "@chronoledger/core";
import type { Evidence, Logger } from "@chronoledger/service";
import type { CertificateLog } from "./certificate-log.ts";
import { entryOf, type VerifiedCertificate, verifiedCertificate } from "./verified-certificate.ts";

/** Certificates held against new ones. */
const RECENT = 256;

export type CertificateBookOptions = {
  readonly set: NodeSet;
  readonly certificates: CertificateLog;
  readonly log: Logger;
  readonly keepEvidence: (evidence: Evidence) => void;
};

/** Certificates in order: verified, compared, written to disk, and only then shown to anybody. */
export class CertificateBook {
  readonly #options: CertificateBookOptions;
  readonly #recent: VerifiedCertificate[] = [];
  readonly #listeners = new Set<(entry: CertificateEntry) => void>();
  #latest: VerifiedCertificate | undefined;
  #conflicts = 0;

  /** @throws config/invalid when the log's last certificate is not one of this node set */
  constructor(options: CertificateBookOptions) {
    this.#options = options;
    const { latest } = options.certificates;
    if (latest === undefined) return;
    try {
      this.#latest = verifiedCertificate(latest.certificate, options.set);
      this.#recent.push(this.#latest);
    } catch (cause) {
      throw new ChronoError(
        "config/invalid",
        { sequence: String(latest.sequence) },
        {
          cause,
          remedy: "the certificate log belongs to another network or node set: give this aggregator its own folder",
        },
      );
    }
  }

  get latest(): VerifiedCertificate | undefined {
    return this.#latest;
  }
  get conflicts(): number {
    return this.#conflicts;
  }
  get log(): CertificateLog {
    return this.#options.certificates;
  }

  onCertificate(listener: (entry: CertificateEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Own or another aggregator's certificate. One that is older than the latest is compared with those known and left out.
   * @returns the entry when it became the latest. @throws why it is not valid
   */
  accept(bytes: Uint8Array): CertificateEntry | undefined {
    if (this.#recent.some((known) => equalBytes(known.bytes, bytes))) return undefined;
    const certificate = verifiedCertificate(bytes, this.#options.set);
    this.#compare(certificate);
    this.#recent.push(certificate);
    if (this.#recent.length > RECENT) this.#recent.shift();
    const latest = this.#latest?.fields;
    if (
      latest !== undefined &&
      (certificate.fields.sequence <= latest.sequence || certificate.fields.time <= latest.time)
    )
      return undefined;
    const entry = entryOf(certificate);
    this.#options.certificates.append(entry);
    this.#latest = certificate;
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }

  #compare(certificate: VerifiedCertificate): void {
    const asStatement = ({ statement, fields }: VerifiedCertificate) => ({ bytes: statement, fields });
    const other = this.#recent.find((known) => conflictOf(asStatement(known), asStatement(certificate)) !== undefined);
    if (other === undefined) return;
    this.#conflicts++;
    const digests = { first: bytesToHex(other.digest), second: bytesToHex(certificate.digest) };
    this.#options.log.error(
      digests,
      "ALARM: two valid certificates contradict one another; more nodes cheated than the set tolerates",
    );
    this.#options.keepEvidence({
      fault: "conflicting-certificates",
      first: toBase64Url(other.bytes),
      second: toBase64Url(certificate.bytes),
    });
  }
}
