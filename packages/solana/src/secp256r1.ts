import { ChronoError, concatBytes } from "@chronoledger/core";
import { TransactionInstruction } from "@solana/web3.js";
import { SECP256R1_PROGRAM } from "./addresses.ts";

/** The precompile's own limit. */
export const MAX_SIGNATURES = 8;
const OFFSETS_BYTES = 14;
const KEY_BYTES = 33;
const SIGNATURE_BYTES = 64;
/** "In this instruction." */
const SELF = 0xffff;

/** One signature: `key` is x || y (64 bytes) or compressed (33), `signature` r || s with a low s. */
export type Signed = { readonly key: Uint8Array; readonly signature: Uint8Array };

/** SEC 1: 2 or 3 by the parity of y, then x. @throws certificate/malformed for other lengths */
export function compressKey(key: Uint8Array): Uint8Array {
  if (key.length === KEY_BYTES) return key;
  if (key.length !== 64) throw new ChronoError("certificate/malformed", { keyBytes: key.length });
  return concatBytes(Uint8Array.of(2 | ((key[63] ?? 0) & 1)), key.subarray(0, 32));
}

/**
 * The precompile's check of signatures under one message, in the one layout that the program accepts: offsets, then key and
 * signature of each signer in turn, then the message. It stands just before the instruction that relies on it.
 * @throws certificate/malformed for more than 8 signatures
 */
export function secp256r1Instruction(message: Uint8Array, signed: readonly Signed[]): TransactionInstruction {
  if (signed.length > MAX_SIGNATURES)
    throw new ChronoError("certificate/malformed", { signatures: signed.length, most: MAX_SIGNATURES });
  const keysAt = 2 + OFFSETS_BYTES * signed.length;
  const messageAt = keysAt + (KEY_BYTES + SIGNATURE_BYTES) * signed.length;
  const offsets = signed.map((_, i) => {
    const key = keysAt + (KEY_BYTES + SIGNATURE_BYTES) * i;
    return Uint8Array.from(
      [key + KEY_BYTES, SELF, key, SELF, messageAt, message.length, SELF].flatMap((v) => [v & 0xff, v >> 8]),
    );
  });
  const pairs = signed.flatMap(({ key, signature }) => [compressKey(key), signature]);
  const data = concatBytes(Uint8Array.of(signed.length, 0), ...offsets, ...pairs, message);
  return new TransactionInstruction({ programId: SECP256R1_PROGRAM, keys: [], data: Buffer.from(data) });
}
