import { PublicKey } from "@solana/web3.js";
import * as z from "zod";

/** For the settings of services: an address in base58. */
export const SolanaAddress = z.string().refine((text) => {
  try {
    return new PublicKey(text).toBytes().length === 32;
  } catch {
    return false;
  }
}, "an address is 32 bytes in base58");

/** What is offered for a compute unit; web3.js takes it as a number. */
export const MicroLamports = z.coerce.number().int().min(0).max(1_000_000_000);
