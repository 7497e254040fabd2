import { DurationMs, Port } from "@chronoledger/service";
import { CHRONOLEDGER_PROGRAM, MicroLamports, SolanaAddress } from "@chronoledger/solana";
import * as z from "zod";

export const SolanaRelayerConfig = z.object({
  RELAYER_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  RELAYER_PORT: Port.default(0).describe("port to listen on; 0 picks a free one"),
  RELAYER_RPC_URL: z.url({ protocol: /^https?$/ }).describe("the cluster's JSON-RPC"),
  RELAYER_PROGRAM: SolanaAddress.default(CHRONOLEDGER_PROGRAM.toBase58()).describe("the ChronoLedger program"),
  RELAYER_KEY_FILE: z
    .string()
    .min(1)
    .describe("key pair that pays, as solana-keygen writes it: a JSON array of 64 numbers"),
  RELAYER_AGGREGATOR_URL: z.url({ protocol: /^https?$/ }).describe("where certificates come from"),
  RELAYER_NODE_SET_FILE: z
    .string()
    .min(1)
    .describe("node set of the network (JSON): every certificate is verified before it is paid for"),
  RELAYER_DATA_DIR: z.string().min(1).describe("folder of evidence"),
  RELAYER_HEARTBEAT_MS: DurationMs.default(12_000).describe("a certificate goes on chain that often when nobody asks"),
  RELAYER_SLOT_MS: DurationMs.default(400).describe("from slot to slot: how often the chain is read and sent to"),
  RELAYER_MIN_FEE: MicroLamports.default(1_000).describe("micro-lamports: at least this is offered for a compute unit"),
  RELAYER_MAX_FEE: MicroLamports.default(1_000_000).describe(
    "micro-lamports: never more than this is offered for a compute unit",
  ),
});
export type SolanaRelayerConfig = z.output<typeof SolanaRelayerConfig>;
