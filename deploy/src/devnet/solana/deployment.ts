import {
  type ChronoProgram,
  chronoProgram,
  configAddress,
  installNodeSetTransactions,
  nodeSetAddress,
} from "@chronoledger/solana";
import {
  type Connection,
  LAMPORTS_PER_SOL,
  PublicKey,
  sendAndConfirmTransaction,
  Transaction,
  type TransactionInstruction,
} from "@solana/web3.js";
import type { Genesis } from "../genesis.ts";
import { pollUntil } from "../poll.ts";
import type { SolanaAccounts } from "./accounts.ts";

const LOADER = new PublicKey("BPFLoaderUpgradeab1e11111111111111111111111");
const FUNDS = 1_000 * LAMPORTS_PER_SOL;

/** Funds the accounts, and puts the program and the network's node set in use, as far as that has not been done. */
export async function deployOnSolana(
  connection: Connection,
  accounts: SolanaAccounts,
  genesis: Genesis,
): Promise<ChronoProgram> {
  const program = chronoProgram(connection);
  const { governance, ...others } = accounts;
  await Promise.all([governance, ...Object.values(others)].map(({ keypair }) => fund(connection, keypair.publicKey)));
  const send = (instructions: readonly TransactionInstruction[]) =>
    sendAndConfirmTransaction(connection, new Transaction().add(...instructions), [governance.keypair], {
      commitment: "confirmed",
    });
  if ((await connection.getAccountInfo(configAddress(program.programId), "processed")) === null)
    await send([await initialize(program, governance.keypair.publicKey, genesis)]);
  const { nodeSet, registrations } = genesis;
  if ((await connection.getAccountInfo(nodeSetAddress(program.programId, nodeSet.epoch), "processed")) === null) {
    const key = governance.keypair.publicKey;
    // A node a transaction, in any order: together they take one slot and not four.
    const [open, ...rest] = await installNodeSetTransactions(program, nodeSet, registrations, key);
    const activate = rest.pop();
    await send(open ?? []);
    await Promise.all(rest.map(send));
    await send(activate ?? []);
  }
  return program;
}

async function fund(connection: Connection, key: PublicKey): Promise<void> {
  if ((await connection.getBalance(key, "processed")) > FUNDS / 2) return;
  await connection.requestAirdrop(key, FUNDS);
  await pollUntil("an airdrop", async () => (await connection.getBalance(key, "processed")) >= FUNDS / 2, {
    everyMs: 50,
    timeoutMs: 10_000,
  });
}

async function initialize(
  program: ChronoProgram,
  governance: PublicKey,
  genesis: Genesis,
): Promise<TransactionInstruction> {
  const [programData] = PublicKey.findProgramAddressSync([program.programId.toBytes()], LOADER);
  const genesisHash = new PublicKey(await program.provider.connection.getGenesisHash()).toBytes();
  const args = {
    governance,
    guardian: governance,
    networkId: genesis.nodeSet.networkId,
    genesisHash: [...genesisHash],
  };
  return program.methods
    .initializeV0(args)
    .accountsPartial({ authority: governance, program: program.programId, programData })
    .instruction();
}
