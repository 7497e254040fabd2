import { ChronoError } from "@chronoledger/core";
import { Keypair } from "@solana/web3.js";

const BYTES = 64;

/**
 * A key pair as solana-keygen writes it: 64 numbers in JSON. The message never repeats what the file holds.
 * @param file where the text is from, for the message. @throws config/invalid
 */
export function parseKeyPair(text: string, file: string): Keypair {
  try {
    const numbers: unknown = JSON.parse(text);
    if (!Array.isArray(numbers) || numbers.length !== BYTES || !numbers.every(isByte)) throw new RangeError();
    return Keypair.fromSecretKey(Uint8Array.from(numbers));
  } catch {
    // No cause either: it may quote the file.
    throw new ChronoError(
      "config/invalid",
      { file },
      { remedy: "a Solana key pair as a JSON array of 64 numbers is needed" },
    );
  }
}

const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256;
