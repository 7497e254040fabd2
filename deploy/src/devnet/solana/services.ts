import { join } from "node:path";
import { CHRONOLEDGER_PROGRAM } from "@chronoledger/solana";
import { pollUntil } from "../poll.ts";
import { HOST, type Ports } from "../ports.ts";
import { READY_TIMEOUT_MS, ROOT, serviceSpec } from "../services.ts";
import type { ProcessSpec } from "../supervised-process.ts";
import type { SolanaAccounts } from "./accounts.ts";

/** Shorter than half a second and longer than what a busy machine needs for a slot. */
export const SLOT_MS = 400;

type Common = { readonly dataDir: string; readonly ports: Ports; readonly accounts: SolanaAccounts };

export const solanaUrl = (ports: Ports): string => `http://${HOST}:${ports.solana}`;

/** The simulator with the program in it. */
export function solanaChainSpec({ dataDir, ports, accounts }: Common): ProcessSpec {
  const elf = join(ROOT, "programs/built/chronoledger.so");
  const spec = serviceSpec(dataDir, "solana", "packages/local-solana/src/main.ts", ports.solana, {
    LOCAL_SOLANA_HOST: HOST,
    LOCAL_SOLANA_PORT: String(ports.solana),
    LOCAL_SOLANA_SLOT_MS: String(SLOT_MS),
    LOCAL_SOLANA_STATE_FILE: join(dataDir, "solana", "state"),
    LOCAL_SOLANA_PROGRAMS: `${CHRONOLEDGER_PROGRAM.toBase58()}=${elf}=${accounts.governance.keypair.publicKey.toBase58()}`,
  });
  const answers = async () => (await fetch(`${solanaUrl(ports)}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  return {
    ...spec,
    ready: (signal) => pollUntil("solana", answers, { everyMs: 50, timeoutMs: READY_TIMEOUT_MS, signal }),
  };
}

/** Relayer and keeper of the Solana side. */
export function solanaSideSpecs(common: Common & { readonly nodeSetFile: string }): ProcessSpec[] {
  const { dataDir, ports, accounts } = common;
  return [
    serviceSpec(dataDir, "solana-relayer", "oracle/relayer/src/solana-main.ts", ports.solanaRelayer, {
      RELAYER_HOST: HOST,
      RELAYER_PORT: String(ports.solanaRelayer),
      RELAYER_DATA_DIR: join(dataDir, "solana-relayer"),
      RELAYER_RPC_URL: solanaUrl(ports),
      RELAYER_KEY_FILE: accounts.relayer.keyFile,
      RELAYER_AGGREGATOR_URL: `http://${HOST}:${ports.aggregator}`,
      RELAYER_NODE_SET_FILE: common.nodeSetFile,
      RELAYER_HEARTBEAT_MS: "2000",
      RELAYER_SLOT_MS: String(SLOT_MS),
    }),
    serviceSpec(dataDir, "solana-keeper", "keeper/src/solana-main.ts", ports.solanaKeeper, {
      KEEPER_HOST: HOST,
      KEEPER_PORT: String(ports.solanaKeeper),
      KEEPER_RPC_URL: solanaUrl(ports),
      KEEPER_KEY_FILE: accounts.keeper.keyFile,
      KEEPER_RELAYER_URL: `http://${HOST}:${ports.solanaRelayer}`,
      KEEPER_SLOT_MS: String(SLOT_MS),
    }),
  ];
}
