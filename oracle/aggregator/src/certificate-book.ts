import { type CertificateEntry, ChronoError } from "@chronoledger/core";
import { CertificateWatch, type CertificateWatchOptions, type VerifiedCertificate } from "@chronoledger/service";
import type { CertificateLog } from "./certificate-log.ts";

export type CertificateBookOptions = CertificateWatchOptions & { readonly certificates: CertificateLog };

/** Certificates in order: verified, compared, written to disk, and only then shown to anybody. */
export class CertificateBook {
  readonly #certificates: CertificateLog;
  readonly #watch: CertificateWatch;
  readonly #listeners = new Set<(entry: CertificateEntry) => void>();
  #latest: VerifiedCertificate | undefined;

  /** @throws config/invalid when the log's last certificate is not one of this node set */
  constructor(options: CertificateBookOptions) {
    this.#certificates = options.certificates;
    this.#watch = new CertificateWatch(options);
    const { latest } = options.certificates;
    if (latest === undefined) return;
    try {
      this.#latest = this.#watch.examine(latest.certificate).certificate;
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
    return this.#watch.conflicts;
  }
  get log(): CertificateLog {
    return this.#certificates;
  }

  onCertificate(listener: (entry: CertificateEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Own or another aggregator's certificate. One that is older than the latest is compared with those known and left out.
   * @param verified whether the caller has verified its signatures itself.
   * @returns the entry when it became the latest. @throws why it is not valid
   */
  accept(bytes: Uint8Array, verified = false): CertificateEntry | undefined {
    const { certificate, isNew } = this.#watch.examine(bytes, verified);
    if (!isNew) return undefined;
    const { sequence, time, taiMinusUtc } = certificate.fields;
    const latest = this.#latest?.fields;
    if (latest !== undefined && (sequence <= latest.sequence || time <= latest.time)) return undefined;
    const entry = { certificate: bytes, sequence, timeTaiNs: time, taiMinusUtc };
    this.#certificates.append(entry);
    this.#latest = certificate;
    for (const listener of this.#listeners) listener(entry);
    return entry;
  }
}
