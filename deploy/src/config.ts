import { DurationMs } from "@chronoledger/service";
import * as z from "zod";

/** Settings of `node deploy/src/main.ts`. */
export const DeployConfig = z.object({
  DEPLOY_RPC_URL: z.url().describe("JSON-RPC of the chain"),
  DEPLOY_NETWORK: z
    .string()
    .regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens")
    .describe("name of the address file"),
  DEPLOY_KEY_FILE: z.string().min(1).describe("file with the deployer's key, 0x and 64 digits"),
  DEPLOY_NODE_SET_FILE: z.string().min(1).describe("JSON of the node set"),
  DEPLOY_PROOFS_FILE: z.string().min(1).describe("JSON array: per node its registration signature in base64url"),
  DEPLOY_ADDRESSES_DIR: z.string().min(1).default("deploy/addresses").describe("where <network>.json is written"),
  DEPLOY_JOURNAL_DIR: z.string().min(1).default(".chrono/deployments").describe("Ignition's journals"),
  DEPLOY_CONFIRMATIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe("blocks before a transaction counts"),
  DEPLOY_MAX_AHEAD_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(30_000)
    .describe("how far a certificate may lie ahead of block.timestamp"),
  DEPLOY_POLLING_MS: DurationMs.default(1_000).describe("how often to look for a new block"),
  DEPLOY_IMPERSONATE_OWNER: z
    .enum(["yes", "no"])
    .default("no")
    .describe("act as the genesis owner; only development chains allow it"),
});
