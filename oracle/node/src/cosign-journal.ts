import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { ChronoError, type TaiNs } from "@chronoledger/core";
import { readIfPresent, writeDurably } from "@chronoledger/service";

/** A record never crosses a sector, so a disk writes all of it or nothing. */
const RECORD_BYTES = 128;
const CHECKED_BYTES = 96;
/** Room is written ahead, so that making a record durable touches no file metadata. Then the file starts anew. */
const RECORDS = 512;
const MAGIC = "CLcosgn1";

/** One binding: made durable before the signature exists. */
export type CosignRecord = {
  readonly sequence: bigint;
  readonly time: TaiNs;
  /** Sequence of the newest certificate known then. */
  readonly knownCertificate: bigint;
  /** SHA-256 of the statement, 32 bytes. */
  readonly digest: Uint8Array;
};

/** What the journal needs of a file; tests put one in between that loses what was not synced. */
export type JournalFile = { write(bytes: Uint8Array, position: number): void; sync(): void; close(): void };
export type OpenJournalFile = (path: string) => JournalFile;

const openFile: OpenJournalFile = (path) => {
  const file = openSync(path, "r+");
  return {
    write(bytes, position) {
      const written = writeSync(file, bytes, 0, bytes.length, position);
      if (written !== bytes.length)
        throw new ChronoError("process/failed", { what: "co-signing journal", written, need: bytes.length });
    },
    sync: () => fdatasyncSync(file),
    close: () => closeSync(file),
  };
};

/**
 * The node's memory of what it has bound itself to. {@link append} returns when the record is on disk; only then may a signature
 * be made. A file that cannot be what this code wrote refuses to open: guessing could sign a sequence twice.
 */
export class CosignJournal {
  readonly #path: string;
  readonly #networkId: number;
  readonly #open: OpenJournalFile;
  #file: JournalFile;
  #next: number;
  #last: CosignRecord | undefined;
  #broken = false;

  private constructor(options: {
    path: string;
    networkId: number;
    open: OpenJournalFile;
    next: number;
    last: CosignRecord | undefined;
  }) {
    this.#path = options.path;
    this.#networkId = options.networkId;
    this.#open = options.open;
    this.#next = options.next;
    this.#last = options.last;
    this.#file = options.open(options.path);
  }

  /** @throws journal/corrupt when the file is damaged or of another network. */
  static open(path: string, networkId: number, open: OpenJournalFile = openFile): CosignJournal {
    const bytes = readIfPresent(path);
    if (bytes === undefined) {
      writeDurably(path, new Uint8Array(RECORD_BYTES * RECORDS));
      return new CosignJournal({ path, networkId, open, next: 0, last: undefined });
    }
    const { next, last } = readJournal(bytes, networkId, path);
    return new CosignJournal({ path, networkId, open, next, last });
  }

  get last(): CosignRecord | undefined {
    return this.#last;
  }

  /** Durable when it returns. After a failure the journal takes nothing more: the process must restart and read what is there. */
  append(record: CosignRecord): void {
    if (this.#broken)
      throw new ChronoError("process/failed", { what: "co-signing journal", reason: "an earlier write failed" });
    if (this.#last !== undefined && (record.sequence <= this.#last.sequence || record.time <= this.#last.time))
      throw new ChronoError("statement/sequence", { got: String(record.sequence), last: String(this.#last.sequence) });
    this.#broken = true;
    const bytes = encodeRecord(record, this.#networkId);
    if (this.#next === RECORDS) this.#startAnew(bytes);
    else {
      this.#file.write(bytes, this.#next * RECORD_BYTES);
      this.#file.sync();
      this.#next++;
    }
    this.#last = record;
    this.#broken = false;
  }

  close(): void {
    this.#file.close();
  }

  /** The new file replaces the full one as a whole and already holds the record. */
  #startAnew(record: Uint8Array): void {
    const fresh = new Uint8Array(RECORD_BYTES * RECORDS);
    fresh.set(record, 0);
    writeDurably(this.#path, fresh);
    this.#file.close();
    this.#file = this.#open(this.#path);
    this.#next = 1;
  }
}

function encodeRecord(record: CosignRecord, networkId: number): Uint8Array {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32BE(networkId, 8);
  bytes.writeBigUInt64BE(record.sequence, 16);
  bytes.writeBigUInt64BE(record.time, 24);
  bytes.writeBigUInt64BE(record.knownCertificate, 32);
  bytes.set(record.digest, 40);
  bytes.set(createHash("sha256").update(bytes.subarray(0, CHECKED_BYTES)).digest(), CHECKED_BYTES);
  return bytes;
}

function readJournal(bytes: Buffer, networkId: number, path: string): { next: number; last: CosignRecord | undefined } {
  const corrupt = (record: number, reason: string): ChronoError =>
    new ChronoError(
      "journal/corrupt",
      { path, record, reason },
      {
        remedy:
          "the node does not start, because it could sign a sequence twice: restore the file, or give the node a new key and folder",
      },
    );
  if (bytes.length !== RECORD_BYTES * RECORDS) throw corrupt(0, `the file has ${bytes.length} bytes`);
  let last: CosignRecord | undefined;
  let next = 0;
  for (; next < RECORDS; next++) {
    const record = bytes.subarray(next * RECORD_BYTES, (next + 1) * RECORD_BYTES);
    if (record.every((byte) => byte === 0)) break;
    if (!createHash("sha256").update(record.subarray(0, CHECKED_BYTES)).digest().equals(record.subarray(CHECKED_BYTES)))
      throw corrupt(next, "the checksum does not fit");
    if (record.toString("latin1", 0, 8) !== MAGIC) throw corrupt(next, "unknown format");
    if (record.readUInt32BE(8) !== networkId) throw corrupt(next, `it belongs to network ${record.readUInt32BE(8)}`);
    const read = {
      sequence: record.readBigUInt64BE(16),
      time: record.readBigUInt64BE(24) as TaiNs,
      knownCertificate: record.readBigUInt64BE(32),
      digest: Uint8Array.from(record.subarray(40, 72)),
    };
    if (last !== undefined && (read.sequence <= last.sequence || read.time <= last.time))
      throw corrupt(next, "it goes backwards");
    last = read;
  }
  if (bytes.subarray(next * RECORD_BYTES).some((byte) => byte !== 0)) throw corrupt(next, "records follow a gap");
  return { next, last };
}
