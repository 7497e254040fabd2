import { getBase58Codec } from "@solana/kit";

const codec = getBase58Codec();

export const toBase58 = (bytes: Uint8Array): string => codec.decode(bytes);

/** Longer texts are refused: decoding takes time that grows with the square of the length. A transaction has 1,683 characters at most. */
const MAX_CHARS = 1_700;

/** @returns undefined when it is not base58. */
export function fromBase58(text: string): Uint8Array | undefined {
  if (text.length > MAX_CHARS || !/^[1-9A-HJ-NP-Za-km-z]*$/.test(text)) return undefined;
  return new Uint8Array(codec.encode(text));
}
