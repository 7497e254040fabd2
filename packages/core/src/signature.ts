import { p256 } from "@noble/curves/nist.js";
import { copyBytes } from "./bytes.ts";
import { ChronoError } from "./errors.ts";

/** Order of P-256 (FIPS 186-5, SP 800-186). */
export const P256_N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const HALF_N = P256_N >> 1n;

const toBigInt = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
};

const uncompressed = (key: Uint8Array): Uint8Array => {
  const point = new Uint8Array(65);
  point[0] = 4;
  point.set(key, 1);
  return point;
};

/** @param key x || y, 64 bytes. The identity has no such form. */
export function isOnCurve(key: Uint8Array): boolean {
  if (key.length !== 64) return false;
  try {
    p256.Point.fromBytes(uncompressed(key)).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/**
 * ECDSA P-256 over SHA-256 of `message`, protocol.md section 2. False, never an exception, for any other input: wrong lengths,
 * high-S, r or s out of [1, n - 1], a key that is not on the curve.
 * @param signature r || s, 64 bytes. @param key x || y, 64 bytes.
 */
export function verifySignature(message: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  if (signature.length !== 64 || key.length !== 64) return false;
  const r = toBigInt(signature.subarray(0, 32));
  const s = toBigInt(signature.subarray(32));
  if (r === 0n || r >= P256_N || s === 0n || s > HALF_N) return false;
  try {
    return p256.verify(signature, message, uncompressed(key), { lowS: true, prehash: true, format: "compact" });
  } catch {
    return false;
  }
}

/**
 * TPM, PKCS#11 and OpenSSL return high-S half of the time: the signer turns s into n - s.
 * @param signature r || s, 64 bytes. @throws input/out-of-range when it is no signature at all: a wrong length, s outside [1, n - 1].
 */
export function normaliseLowS(signature: Uint8Array): Uint8Array {
  const s = toBigInt(signature.subarray(32));
  if (signature.length !== 64 || s === 0n || s >= P256_N)
    throw new ChronoError("input/out-of-range", {
      what: "signature",
      bytes: signature.length,
      need: "64, with s in [1, n - 1]",
    });
  const out = copyBytes(signature);
  if (s <= HALF_N) return out;
  let low = P256_N - s;
  for (let i = 63; i >= 32; i--) {
    out[i] = Number(low & 0xffn);
    low >>= 8n;
  }
  return out;
}
