import { ORACLE_ADDRESS } from "@chronoledger/bindings";
import { DurationMs, HexAddress, Port } from "@chronoledger/service";
import * as z from "zod";

export const RelayerConfig = z.object({
  RELAYER_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  RELAYER_PORT: Port.default(0).describe("port to listen on; 0 picks a free one"),
  RELAYER_RPC_URL: z.string().min(1).describe("the chain's node: http(s)://, ws(s)://, or the path of its socket"),
  RELAYER_CHAIN_ID: z.coerce.number().int().min(1).describe("checked against the node's answer"),
  RELAYER_ORACLE_ADDRESS: HexAddress.default(ORACLE_ADDRESS).describe("the ChronoOracle contract"),
  RELAYER_KEY_FILE: z.string().min(1).describe("secp256k1 private key that pays, 64 hexadecimal digits"),
  RELAYER_AGGREGATOR_URL: z.url({ protocol: /^https?$/ }).describe("where certificates come from"),
  RELAYER_NODE_SET_FILE: z
    .string()
    .min(1)
    .describe("node set of the network (JSON): every certificate is verified before it is paid for"),
  RELAYER_DATA_DIR: z.string().min(1).describe("folder of the embedded database and of evidence"),
  RELAYER_DATABASE_URL: z.string().min(1).optional().describe("PostgreSQL in place of the embedded database"),
  RELAYER_HEARTBEAT_MS: DurationMs.default(12_000).describe("a certificate goes on chain that often when nobody asks"),
  RELAYER_CONFIRMATIONS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(2)
    .describe("blocks on top until a transaction counts as final"),
  RELAYER_MAX_FEE_GWEI: z.coerce
    .number()
    .positive()
    .max(1_000_000)
    .default(500)
    .describe("never more than this is offered for a unit of gas"),
});
export type RelayerConfig = z.output<typeof RelayerConfig>;
