import { normaliseLowS, P256_N } from "@chronoledger/core";
import { integer, malformed, readDer, readInteger, sequence, TAG } from "./der.ts";
import { DerCursor } from "./der-cursor.ts";

/**
 * Signs with ECDSA P-256 over SHA-256 of the bytes.
 * @returns DER of SEQUENCE { r, s } (RFC 3279 section 2.2.3), as a PKCS#11 module, a TPM library, or node:crypto gives it.
 */
export type SignDer = (tbs: Uint8Array) => Promise<Uint8Array>;

const toBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 0xffn));

/** @returns r || s with low s: X.509 and CMS allow either s, core's verifier only the low one. @throws input/malformed */
export function readEcdsaSignature(der: Uint8Array): Uint8Array {
  const cursor = new DerCursor(readDer(der, 80), TAG.sequence, "ECDSA signature");
  const r = readInteger(cursor.next(TAG.integer), 33);
  const s = readInteger(cursor.next(TAG.integer), 33);
  cursor.end();
  // Beyond 256 bits a value would lose its first octet below, and many signatures would read as one.
  if (r <= 0n || s <= 0n || r >= P256_N || s >= P256_N) throw malformed("ECDSA signature");
  const bytes = new Uint8Array(64);
  bytes.set(toBytes(r), 0);
  bytes.set(toBytes(s), 32);
  try {
    return normaliseLowS(bytes);
  } catch (error) {
    throw malformed("ECDSA signature", {}, error);
  }
}

/** What a signer gave, checked for form and with low s. @throws input/malformed */
export function normalisedDer(der: Uint8Array): Uint8Array {
  const raw = readEcdsaSignature(der);
  const half = (from: number) =>
    integer(raw.subarray(from, from + 32).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
  return sequence(half(0), half(32));
}
