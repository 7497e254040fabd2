import { ChronoError } from "@chronoledger/core";

const malformed = (reason: string) => new ChronoError("input/malformed", { reason });

/** Reads Solana's wire format strictly. @throws input/malformed when the bytes end early or a length is not written the shortest way. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#at;
  }

  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw malformed("the transaction ends early");
    this.#at += 1;
    return value;
  }

  bytes(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw malformed("the transaction ends early");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Seven bits a byte, low ones first, up to 2^16 - 1. */
  compactU16(): number {
    let value = 0;
    for (let index = 0; index < 3; index++) {
      const byte = this.byte();
      if (byte === 0 && index > 0) throw malformed("a length is not written the shortest way");
      value |= (byte & 0x7f) << (7 * index);
      if ((byte & 0x80) === 0) {
        if (value > 0xffff) break;
        return value;
      }
    }
    throw malformed("a length is above 65,535");
  }

  list<Item>(read: () => Item): Item[] {
    return Array.from({ length: this.compactU16() }, read);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed("bytes follow the transaction");
  }
}
