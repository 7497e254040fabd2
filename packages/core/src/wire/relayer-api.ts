import * as z from "zod";
import { U64 } from "./json.ts";

/** POST /v1/demands: attested time on chain is wanted at or after this instant as soon as it can be had. */
export const DemandRequest = z.strictObject({ timeUtcNs: U64 });
export const DemandResponse = z.object({ accepted: z.literal(true) });

/** GET /v1/status */
export const RelayerStatus = z.object({
  chain: z.enum(["evm", "solana"]).default("evm"),
  /** 0 on Solana, whose clusters have none. */
  chainId: z.int(),
  /** The contract that holds attested time; on Solana the account. */
  oracle: z.string(),
  account: z.string(),
  submitted: z.int(),
  failed: z.int(),
  lastSequence: U64.nullable(),
  lastTimeTaiNs: U64.nullable(),
});
export type RelayerStatus = z.infer<typeof RelayerStatus>;
