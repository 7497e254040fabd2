import * as z from "zod";
import { U64 } from "../json.ts";

/** GET /v1/status, without an account. */
export const GatewayStatus = z.object({
  networkId: z.int(),
  epoch: z.int(),
  /** Newest certificate that this gateway got. */
  sequence: U64.nullable(),
  /** Null while too few nodes state a time. */
  reading: z.object({ timeTaiNs: U64, uncertaintyNs: U64, taiMinusUtc: z.int() }).nullable(),
  test: z.boolean(),
  stamps: z.int(),
  database: z.enum(["embedded", "server"]),
  chainId: z.int().nullable(),
});
export type GatewayStatus = z.infer<typeof GatewayStatus>;
