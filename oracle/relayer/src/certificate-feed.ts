import { CertificateEntry, isChronoError } from "@chronoledger/core";
import {
  CertificateWatch,
  type CertificateWatchOptions,
  readEventStream,
  type VerifiedCertificate,
} from "@chronoledger/service";

/** The aggregator says something every 15 s at least. */
const IDLE_TIMEOUT_MS = 30_000;
const FIRST_RETRY_MS = 100;
const MOST_RETRY_MS = 5_000;

export type CertificateFeedOptions = CertificateWatchOptions & {
  readonly aggregatorUrl: string;
  readonly signal: AbortSignal;
  readonly onNewest: (certificate: VerifiedCertificate) => void;
};

/** Follows the aggregator's stream; every certificate is verified here, and only the newest counts. */
export class CertificateFeed {
  readonly #options: CertificateFeedOptions;
  readonly #watch: CertificateWatch;
  #newest: VerifiedCertificate | undefined;
  #connected = false;
  #refused = 0;

  constructor(options: CertificateFeedOptions) {
    this.#options = options;
    this.#watch = new CertificateWatch(options);
  }

  get newest(): VerifiedCertificate | undefined {
    return this.#newest;
  }
  get connected(): boolean {
    return this.#connected;
  }
  /** Certificates that were not valid. */
  get refused(): number {
    return this.#refused;
  }
  get conflicts(): number {
    return this.#watch.conflicts;
  }

  /** Never throws: what is not valid is logged, counted, and left out. */
  offer(bytes: Uint8Array): void {
    try {
      const { certificate, isNew } = this.#watch.examine(bytes);
      if (!isNew || (this.#newest !== undefined && certificate.fields.sequence <= this.#newest.fields.sequence)) return;
      this.#newest = certificate;
      this.#options.onNewest(certificate);
    } catch (error) {
      if (!isChronoError(error)) throw error;
      this.#refused++;
      this.#options.log.warn({ code: error.code }, "the aggregator sent a certificate that is not valid");
    }
  }

  /** Until the signal aborts; reconnects, waiting longer each time. */
  async run(): Promise<void> {
    const { signal, log } = this.#options;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        await this.#follow(() => {
          retryMs = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (!isChronoError(error)) throw error;
        if (this.#connected || retryMs === FIRST_RETRY_MS)
          log.warn({ code: error.code }, "the certificate stream broke; reconnecting");
      }
      this.#connected = false;
      await sleep(retryMs, signal);
      retryMs = Math.min(MOST_RETRY_MS, retryMs * 2);
    }
  }

  async #follow(onEvent: () => void): Promise<void> {
    const { aggregatorUrl, signal } = this.#options;
    const events = readEventStream(`${aggregatorUrl}/v1/certificates/stream`, {
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      signal,
      unreachable: "process/failed",
    });
    for await (const event of events) {
      this.#connected = true;
      onEvent();
      const entry = parseEntry(event.data);
      if (entry === undefined) this.#refused++;
      else this.offer(entry.certificate);
    }
  }
}

/** The aggregator is not trusted: what has another form is left out. */
function parseEntry(data: string): CertificateEntry | undefined {
  try {
    const parsed = CertificateEntry.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
