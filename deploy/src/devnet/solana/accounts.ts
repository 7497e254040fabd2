import { join } from "node:path";
import { readIfPresent, writeDurably } from "@chronoledger/service";
import { Keypair } from "@solana/web3.js";

export type SolanaAccount = { readonly keyFile: string; readonly keypair: Keypair };

/** Who acts on the local Solana chain; drawn once, kept under the network's data folder. */
export type SolanaAccounts = {
  /** May upgrade the program, and governs it. */
  readonly governance: SolanaAccount;
  readonly relayer: SolanaAccount;
  readonly keeper: SolanaAccount;
  /** Queues the demonstration's tasks. */
  readonly user: SolanaAccount;
};

export function loadOrCreateSolanaAccounts(dataDir: string): SolanaAccounts {
  const account = (name: string): SolanaAccount => {
    const keyFile = join(dataDir, "keys", `solana-${name}.json`);
    const kept = readIfPresent(keyFile)?.toString("utf8");
    if (kept !== undefined)
      return { keyFile, keypair: Keypair.fromSecretKey(Uint8Array.from(JSON.parse(kept) as number[])) };
    const keypair = Keypair.generate();
    writeDurably(keyFile, `${JSON.stringify([...keypair.secretKey])}\n`);
    return { keyFile, keypair };
  };
  return {
    governance: account("governance"),
    relayer: account("relayer"),
    keeper: account("keeper"),
    user: account("user"),
  };
}
