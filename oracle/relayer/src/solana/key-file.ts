import { ChronoError } from "@chronoledger/core";
import { readSecretFile } from "@chronoledger/service";
import { Keypair } from "@solana/web3.js";
import * as z from "zod";

const SecretKey = z.array(z.int().min(0).max(255)).length(64);

/** As solana-keygen writes it: 64 numbers in JSON. The message never repeats what the file holds. @throws config/invalid */
export function readSolanaKey(path: string): Keypair {
  const text = readSecretFile(path);
  try {
    return Keypair.fromSecretKey(Uint8Array.from(SecretKey.parse(JSON.parse(text))));
  } catch {
    // No cause either: it may quote the file.
    throw new ChronoError(
      "config/invalid",
      { file: path },
      { remedy: "a Solana key pair as a JSON array of 64 numbers is needed" },
    );
  }
}
