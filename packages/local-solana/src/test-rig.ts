import {
  ComputeBudgetProgram,
  Connection,
  Keypair,
  type PublicKey,
  type Signer,
  SystemProgram,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js";
import { type LocalSolana, type LocalSolanaOptions, startLocalSolana } from "./local-solana.ts";

export const SOL = 1_000_000_000n;
/** 2025-01-01 */
export const START_SECONDS = 1_735_689_600n;

export type SendOptions = {
  /** Default: the rig's. */
  readonly payer?: Keypair;
  readonly signers?: readonly Signer[];
  /** Millionths of a lamport for a compute unit. */
  readonly price?: number;
  readonly blockhash?: string;
  readonly skipPreflight?: boolean;
};

/** For tests: a simulator whose slots come by hand, an ordinary client of it, and an account with money. */
export class TestRig {
  readonly solana: LocalSolana;
  readonly connection: Connection;
  readonly payer = Keypair.generate();

  private constructor(solana: LocalSolana) {
    this.solana = solana;
    this.connection = new Connection(solana.url, "processed");
  }

  static async start(options: LocalSolanaOptions = {}): Promise<TestRig> {
    const solana = await startLocalSolana({ unixTime: START_SECONDS, finalizeAfter: 3, ...options });
    const rig = new TestRig(solana);
    solana.fund(rig.payer.publicKey.toBase58(), 100n * SOL);
    return rig;
  }

  stop(): Promise<void> {
    return this.solana.stop();
  }

  async transaction(
    instructions: readonly TransactionInstruction[],
    options: SendOptions = {},
  ): Promise<VersionedTransaction> {
    const { payer = this.payer, signers = [], price } = options;
    const recentBlockhash = options.blockhash ?? (await this.connection.getLatestBlockhash()).blockhash;
    const message = new TransactionMessage({
      payerKey: payer.publicKey,
      recentBlockhash,
      instructions: [
        ...(price === undefined ? [] : [ComputeBudgetProgram.setComputeUnitPrice({ microLamports: price })]),
        ...instructions,
      ],
    });
    const transaction = new VersionedTransaction(message.compileToV0Message());
    transaction.sign([payer, ...signers]);
    return transaction;
  }

  /** @returns the signature. */
  async send(instructions: readonly TransactionInstruction[], options: SendOptions = {}): Promise<string> {
    const { skipPreflight = false } = options;
    return this.connection.sendTransaction(await this.transaction(instructions, options), { skipPreflight });
  }

  /** Sends lamports from the payer. */
  transfer(to: PublicKey, lamports: bigint, options: SendOptions = {}): Promise<string> {
    return this.send([this.transferInstruction(to, lamports, options.payer)], options);
  }

  transferInstruction(to: PublicKey, lamports: bigint, from = this.payer): TransactionInstruction {
    return SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports });
  }

  lamports(address: PublicKey): bigint {
    return this.solana.account(address.toBase58())?.lamports ?? 0n;
  }

  /** Calls a method that the client has no function for. @throws the answer's error, as "code: message" */
  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const { result, error } = (await post(
      this.solana.url,
      JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    )) as {
      result: unknown;
      error?: { code: number; message: string };
    };
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return result;
  }
}

export const newAddress = (): PublicKey => Keypair.generate().publicKey;

export async function post(url: string, body: string): Promise<unknown> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return response.json();
}
