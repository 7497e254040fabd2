import { createHash } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { type CertificateEntry, ChronoError, decodeCertificate, decodeStatement } from "@chronoledger/core";

/** A record: length (4), certificate, first bytes of the SHA-256 of both. */
const LENGTH_BYTES = 4;
const CHECK_BYTES = 8;
const MAX_CERTIFICATE_BYTES = 4_096;
const READ_CHUNK_BYTES = 1 << 20;

type Position = { readonly sequence: bigint; readonly time: bigint; readonly offset: number };

/**
 * Every certificate of this aggregator, oldest first, in one file that only grows. A record is on disk when {@link append} returns. A
 * part of a record at the end, from a crash, is cut off; damage further up is set aside beside the file, never dropped.
 */
export class CertificateLog {
  readonly #file: number;
  readonly #positions: Position[] = [];
  #end = 0;
  #latest: CertificateEntry | undefined;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, "a+", 0o600);
    this.#recover(path);
  }

  get count(): number {
    return this.#positions.length;
  }
  get latest(): CertificateEntry | undefined {
    return this.#latest;
  }

  /** @throws certificate/stale unless its sequence and time are above the last one's */
  append(entry: CertificateEntry): void {
    const last = this.#positions.at(-1);
    if (last !== undefined && (entry.sequence <= last.sequence || entry.timeTaiNs <= last.time))
      throw new ChronoError("certificate/stale", { got: String(entry.sequence), last: String(last.sequence) });
    const record = encodeRecord(entry.certificate);
    const written = writeSync(this.#file, record);
    if (written !== record.length)
      throw new ChronoError("process/failed", { what: "certificate log", written, need: record.length });
    fdatasyncSync(this.#file);
    this.#note(entry, record.length);
  }

  /** Ascending, those with a sequence above `sequence`. */
  after(sequence: bigint, limit: number): CertificateEntry[] {
    const from = this.#firstWhere((position) => position.sequence > sequence);
    return this.#positions.slice(from, from + limit).map((position) => this.#read(position));
  }

  /** The first certificate at or after the instant. */
  firstAtOrAfter(time: bigint): CertificateEntry | undefined {
    const position = this.#positions[this.#firstWhere((candidate) => candidate.time >= time)];
    return position === undefined ? undefined : this.#read(position);
  }

  close(): void {
    closeSync(this.#file);
  }

  #firstWhere(holds: (position: Position) => boolean): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const position = this.#positions[middle];
      if (position !== undefined && holds(position)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #note(entry: CertificateEntry, recordBytes: number): void {
    this.#positions.push({ sequence: entry.sequence, time: entry.timeTaiNs, offset: this.#end });
    this.#end += recordBytes;
    this.#latest = entry;
  }

  #read({ offset }: Position): CertificateEntry {
    const head = Buffer.alloc(LENGTH_BYTES + MAX_CERTIFICATE_BYTES + CHECK_BYTES);
    const bytes = head.subarray(0, readSync(this.#file, head, 0, head.length, offset));
    const certificate = decodeRecord(bytes);
    if (certificate === undefined) throw new ChronoError("journal/corrupt", { what: "certificate log", offset });
    return entryFrom(certificate);
  }

  #recover(path: string): void {
    const size = fstatSync(this.#file).size;
    let buffer = Buffer.alloc(0);
    let read = 0;
    while (this.#end < size) {
      if (buffer.length < LENGTH_BYTES + MAX_CERTIFICATE_BYTES + CHECK_BYTES && read < size) {
        const chunk = Buffer.alloc(Math.min(READ_CHUNK_BYTES, size - read));
        const got = readSync(this.#file, chunk, 0, chunk.length, read);
        read += got;
        buffer = Buffer.concat([buffer, chunk.subarray(0, got)]);
      }
      const certificate = decodeRecord(buffer);
      if (certificate === undefined) break;
      const length = LENGTH_BYTES + certificate.length + CHECK_BYTES;
      this.#note(entryFrom(certificate), length);
      buffer = buffer.subarray(length);
    }
    if (this.#end < size) this.#cutOff(path, size);
  }

  #cutOff(path: string, size: number): void {
    const rest = Buffer.alloc(size - this.#end);
    readSync(this.#file, rest, 0, rest.length, this.#end);
    const isPart = rest.length < LENGTH_BYTES + MAX_CERTIFICATE_BYTES + CHECK_BYTES;
    if (!isPart) writeFileSync(`${path}.damaged-at-${this.#end}`, rest, { mode: 0o600 });
    ftruncateSync(this.#file, this.#end);
    fdatasyncSync(this.#file);
  }
}

const checksum = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest().subarray(0, CHECK_BYTES);

function encodeRecord(certificate: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(certificate.length);
  const body = Buffer.concat([length, certificate]);
  return Buffer.concat([body, checksum(body)]);
}

/** Undefined when the bytes do not begin with a whole, undamaged record. */
function decodeRecord(bytes: Buffer): Uint8Array | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt32BE(0);
  if (end > LENGTH_BYTES + MAX_CERTIFICATE_BYTES || bytes.length < end + CHECK_BYTES) return undefined;
  if (!checksum(bytes.subarray(0, end)).equals(bytes.subarray(end, end + CHECK_BYTES))) return undefined;
  return Uint8Array.from(bytes.subarray(LENGTH_BYTES, end));
}

function entryFrom(certificate: Uint8Array): CertificateEntry {
  const { sequence, time, taiMinusUtc } = decodeStatement(decodeCertificate(certificate).statement);
  return { certificate, sequence, timeTaiNs: time, taiMinusUtc };
}
