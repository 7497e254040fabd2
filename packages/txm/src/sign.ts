import secp256k1 from "secp256k1";
import { bytesToHex, getAddress, hexToBytes, keccak256, serializeTransaction } from "viem";
import type { Hex } from "./types.ts";

export type Eip1559Fields = {
  readonly chainId: number;
  readonly nonce: number;
  readonly to: Hex;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
};

export type SignedBytes = { readonly raw: Hex; readonly hash: Hex };

/** The account of a private key, checksummed. @throws when it is not a valid 32-byte key */
export function addressOf(privateKey: Uint8Array): Hex {
  const publicKey = secp256k1.publicKeyCreate(privateKey, false);
  return getAddress(`0x${keccak256(publicKey.subarray(1)).slice(-40)}`);
}

/** By libsecp256k1, about ten times as fast as viem's signer, and the same bytes (RFC 6979). */
export function signTransaction(fields: Eip1559Fields, privateKey: Uint8Array): SignedBytes {
  const transaction = { type: "eip1559", ...fields } as const;
  const digest = hexToBytes(keccak256(serializeTransaction(transaction)));
  const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
  const raw = serializeTransaction(transaction, {
    r: bytesToHex(signature.subarray(0, 32)),
    s: bytesToHex(signature.subarray(32)),
    yParity: recid,
  });
  return { raw, hash: keccak256(raw) };
}

/** @param text 64 hexadecimal digits, with or without 0x, as in a key file. @throws RangeError without repeating the text */
export function parsePrivateKey(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new RangeError("a private key is 64 hexadecimal digits");
  const key = hexToBytes(`0x${digits}`);
  if (!secp256k1.privateKeyVerify(key)) throw new RangeError("the private key is not on the curve's scalar range");
  return key;
}
