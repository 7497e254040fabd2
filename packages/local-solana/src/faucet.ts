import { createHash } from "node:crypto";
import { ComputeBudgetProgram, Keypair, PublicKey, SystemProgram, Transaction } from "@solana/web3.js";
import { type Account, SYSTEM_PROGRAM } from "./account.ts";
import { type ParsedTransaction, parseTransaction } from "./parse-transaction.ts";

/** Half a billion SOL. */
const SUPPLY = 500_000_000_000_000_000n;
/** Enough for the three instructions of an airdrop. */
const LEAST_UNITS = 1_000;
const VARIANTS = 1_000_000;

/** Pays airdrops by ordinary transactions. Its key is public: it is the key of a simulator. */
export class Faucet {
  readonly #keypair = Keypair.fromSeed(createHash("sha256").update("local Solana simulator: faucet").digest());
  #count = 0;

  get address(): string {
    return this.#keypair.publicKey.toBase58();
  }

  get account(): Account {
    return { lamports: SUPPLY, data: new Uint8Array(), owner: SYSTEM_PROGRAM, executable: false };
  }

  /** @param lamports at most 2^53 - 1. */
  airdrop(address: string, lamports: number, blockhash: string): ParsedTransaction {
    this.#count = (this.#count + 1) % VARIANTS;
    const transaction = new Transaction({ feePayer: this.#keypair.publicKey, blockhash, lastValidBlockHeight: 0 }).add(
      // Equal airdrops in one block need signatures of their own.
      ComputeBudgetProgram.setComputeUnitLimit({ units: LEAST_UNITS + this.#count }),
      SystemProgram.transfer({ fromPubkey: this.#keypair.publicKey, toPubkey: new PublicKey(address), lamports }),
    );
    transaction.sign(this.#keypair);
    return parseTransaction(transaction.serialize());
  }
}
