import { DurationMs, Port } from "@chronoledger/service";
import * as z from "zod";

const UrlList = z
  .string()
  .transform((text) => text.split(",").map((url) => url.trim().replace(/\/$/, "")))
  .pipe(
    z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .max(32),
  );

export const AggregatorConfig = z.object({
  AGGREGATOR_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  AGGREGATOR_PORT: Port.default(0).describe("port to listen on; 0 picks a free one"),
  AGGREGATOR_NODE_SET_FILE: z.string().min(1).describe("node set of the network (JSON)"),
  AGGREGATOR_NODE_URLS: UrlList.describe("addresses of the nodes, separated by commas, in index order"),
  AGGREGATOR_TOKEN_FILE: z.string().min(1).describe("bearer token that the nodes accept"),
  AGGREGATOR_DATA_DIR: z.string().min(1).describe("folder of the certificate log"),
  AGGREGATOR_HEARTBEAT_MS: DurationMs.default(500).describe("a certificate is made that often when nobody asks"),
  AGGREGATOR_LEAD_MS: z.coerce
    .number()
    .min(0)
    .max(60_000)
    .default(5)
    .describe("first lead of the appointed instant; it adapts"),
  AGGREGATOR_NODE_TIMEOUT_MS: DurationMs.default(1_000).describe("how long a node may take beyond the instant itself"),
});
export type AggregatorConfig = z.output<typeof AggregatorConfig>;
