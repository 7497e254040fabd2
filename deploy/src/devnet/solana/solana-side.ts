import type { ChronoProgram } from "@chronoledger/solana";
import { Connection, LAMPORTS_PER_SOL } from "@solana/web3.js";
import type { Genesis } from "../genesis.ts";
import type { Ports } from "../ports.ts";
import type { ProcessSpec, SupervisedProcess } from "../supervised-process.ts";
import { loadOrCreateSolanaAccounts } from "./accounts.ts";
import { deployOnSolana } from "./deployment.ts";
import { solanaChainSpec, solanaSideSpecs, solanaUrl } from "./services.ts";
import { SolanaTasks } from "./tasks.ts";

export type SolanaSide = { readonly program: ChronoProgram; readonly tasks: SolanaTasks };

/** Starts the local Solana chain, puts the program in use, and starts its relayer and keeper. @throws process/failed */
export async function startSolanaSide(network: {
  readonly dataDir: string;
  readonly ports: Ports;
  readonly genesis: Genesis;
  readonly supervise: (spec: ProcessSpec) => SupervisedProcess;
}): Promise<SolanaSide> {
  const { dataDir, ports, genesis, supervise } = network;
  const accounts = loadOrCreateSolanaAccounts(dataDir);
  await supervise(solanaChainSpec({ dataDir, ports, accounts })).start();
  const connection = new Connection(solanaUrl(ports), "confirmed");
  const program = await deployOnSolana(connection, accounts, genesis);
  const { nodeSetFile } = genesis;
  const services = solanaSideSpecs({ dataDir, ports, accounts, nodeSetFile }).map(supervise);
  await Promise.all(services.map((each) => each.start()));
  // Seconds since 1970 as the first id: above those of earlier starts.
  const firstId = BigInt((await connection.getBlockTime(await connection.getSlot())) ?? 0) * 1_000n;
  const tasks = new SolanaTasks(connection, program, accounts.user.keypair, firstId);
  await tasks.provide(BigInt(LAMPORTS_PER_SOL));
  return { program, tasks };
}
