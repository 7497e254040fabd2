import { CertificateEntry } from "@chronoledger/core";
import type { FastifyReply } from "fastify";

/** A reader that leaves that much unread is dropped. */
const MAX_UNREAD_BYTES = 1 << 20;
const MAX_READERS = 1_000;
const PAGE = 200;
const KEEP_ALIVE_MS = 15_000;
const DRAIN_TIMEOUT_MS = 10_000;

/** Where certificates come from; `CertificateBook` is the real one. */
export type CertificateOrigin = {
  readonly latest: { readonly fields: { readonly sequence: bigint } } | undefined;
  readonly log: { after(sequence: bigint, limit: number): CertificateEntry[] };
  onCertificate(listener: (entry: CertificateEntry) => void): () => void;
};

type Reader = { readonly raw: FastifyReply["raw"]; sent: bigint };

/** Server-sent events: every certificate in order, from where the reader left off, without a gap and without a repeat. */
export class CertificateStream {
  readonly #book: CertificateOrigin;
  readonly #live = new Set<Reader>();
  #readers = 0;
  #dropped = 0;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #leave: () => void;

  constructor(book: CertificateOrigin) {
    this.#book = book;
    this.#leave = book.onCertificate((entry) => {
      const event = eventOf(entry);
      for (const reader of this.#live) this.#send(reader, event, entry.sequence);
    });
    this.#keepAlive = setInterval(() => {
      for (const reader of this.#live) reader.raw.write(": still here\n\n");
    }, KEEP_ALIVE_MS).unref();
  }

  get readers(): number {
    return this.#readers;
  }
  get dropped(): number {
    return this.#dropped;
  }
  get isFull(): boolean {
    return this.#readers >= MAX_READERS;
  }

  /** @param after sequence of the last certificate that the reader has; undefined begins with the latest. */
  async serve(reply: FastifyReply, after: bigint | undefined): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
    raw.write("retry: 500\n\n");
    const latest = this.#book.latest?.fields.sequence ?? 0n;
    const reader: Reader = { raw, sent: after ?? (latest > 0n ? latest - 1n : 0n) };
    this.#readers++;
    raw.once("close", () => {
      this.#readers--;
      this.#live.delete(reader);
    });
    raw.on("error", () => undefined);
    while (!raw.destroyed) {
      const page = this.#book.log.after(reader.sent, PAGE);
      if (page.length === 0) {
        this.#live.add(reader);
        return;
      }
      for (const entry of page) this.#send(reader, eventOf(entry), entry.sequence);
      if (raw.writableNeedDrain && !(await drained(raw))) this.#drop(reader);
    }
  }

  close(): void {
    this.#leave();
    clearInterval(this.#keepAlive);
    for (const reader of this.#live) reader.raw.end();
  }

  #send(reader: Reader, event: string, sequence: bigint): void {
    if (reader.raw.destroyed) return;
    reader.raw.write(event);
    reader.sent = sequence;
    if (reader.raw.writableLength > MAX_UNREAD_BYTES) this.#drop(reader);
  }

  #drop(reader: Reader): void {
    this.#dropped++;
    this.#live.delete(reader);
    reader.raw.destroy();
  }
}

const eventOf = (entry: CertificateEntry): string =>
  `id: ${entry.sequence}\ndata: ${JSON.stringify(CertificateEntry.encode(entry))}\n\n`;

function drained(raw: FastifyReply["raw"]): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), DRAIN_TIMEOUT_MS);
    const done = (): void => {
      clearTimeout(timer);
      raw.off("drain", done);
      raw.off("close", done);
      resolve(!raw.destroyed);
    };
    raw.once("drain", done);
    raw.once("close", done);
  });
}
