import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { CertificateWatch, type CertificateWatchOptions, type VerifiedCertificate } from "@chronoledger/service";

/** The file: length of the certificate, then its bytes; what follows is of former, longer ones. */
const LENGTH_BYTES = 4;

export type CertificateMemoryOptions = CertificateWatchOptions & { readonly path: string };

/**
 * The newest certificate that the node has verified. It is written in place and without waiting for the disk: a part of one, after a
 * loss of power, does not verify and is left out. Then an aggregator presents it again, and the journal still knows its sequence, so
 * an older one is not taken for the newest.
 */
export class CertificateMemory {
  readonly #options: CertificateMemoryOptions;
  readonly #watch: CertificateWatch;
  readonly #file: number;
  #newest: VerifiedCertificate | undefined;

  constructor(options: CertificateMemoryOptions) {
    this.#options = options;
    this.#watch = new CertificateWatch(options);
    this.#file = openSync(options.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const stored = readFileSync(this.#file);
    if (stored.length < LENGTH_BYTES) return;
    try {
      this.learn(Uint8Array.from(stored.subarray(LENGTH_BYTES, LENGTH_BYTES + stored.readUInt32BE(0))));
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

  close(): void {
    closeSync(this.#file);
  }

  #store(bytes: Uint8Array): void {
    const record = Buffer.alloc(LENGTH_BYTES + bytes.length);
    record.writeUInt32BE(bytes.length);
    record.set(bytes, LENGTH_BYTES);
    try {
      writeSync(this.#file, record, 0, record.length, 0);
    } catch (error) {
      this.#options.log.warn({ err: error }, "the newest certificate could not be stored; it is kept in memory");
    }
  }
}
