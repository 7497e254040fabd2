import { renameSync, writeFileSync } from "node:fs";
import {
  CertificateWatch,
  type CertificateWatchOptions,
  readIfPresent,
  type VerifiedCertificate,
} from "@chronoledger/service";

export type CertificateMemoryOptions = CertificateWatchOptions & { readonly path: string };

/**
 * The newest certificate that the node has verified. It is written without waiting for the disk: after a loss of power an
 * aggregator presents it again, and the journal still knows its sequence, so an older one is not taken for the newest.
 */
export class CertificateMemory {
  readonly #options: CertificateMemoryOptions;
  readonly #watch: CertificateWatch;
  #newest: VerifiedCertificate | undefined;

  constructor(options: CertificateMemoryOptions) {
    this.#options = options;
    this.#watch = new CertificateWatch(options);
    const stored = readIfPresent(options.path);
    if (stored === undefined) return;
    try {
      this.learn(Uint8Array.from(stored));
    } catch (error) {
      options.log.warn({ err: error }, "the stored certificate is not valid and is left out");
    }
  }

  get newest(): VerifiedCertificate | undefined {
    return this.#newest;
  }
  get conflicts(): number {
    return this.#watch.conflicts;
  }

  /** Verifies, compares with those known, and remembers. @throws why it is not valid */
  learn(bytes: Uint8Array): { certificate: VerifiedCertificate; conflict: boolean } {
    const { certificate, conflict } = this.#watch.examine(bytes);
    if (this.#newest === undefined || certificate.fields.sequence > this.#newest.fields.sequence) {
      this.#newest = certificate;
      this.#store(bytes);
    }
    return { certificate, conflict };
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
}
