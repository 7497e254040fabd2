import { DurationMs, HexAddress, Port } from "@chronoledger/service";
import * as z from "zod";

const Url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/$/, ""));
const UrlList = z
  .string()
  .transform((text) => text.split(",").map((url) => url.trim().replace(/\/$/, "")))
  .pipe(
    z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .max(32),
  );
const Flag = z.enum(["true", "false"]).transform((text) => text === "true");

export const GatewayConfig = z.object({
  GATEWAY_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  GATEWAY_PORT: Port.default(0).describe("port to listen on; 0 picks a free one"),
  GATEWAY_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe("how many proxies stand before it; a client's address is then what the outermost one saw"),
  GATEWAY_PUBLIC_URL: Url.optional().describe("how clients reach it, for links in answers"),
  GATEWAY_DATA_DIR: z.string().min(1).describe("folder of this gateway alone"),
  DATABASE_URL: z
    .string()
    .optional()
    .describe(
      "PostgreSQL server, which several gateways may share; without it PostgreSQL runs embedded in GATEWAY_DATA_DIR",
    ),
  GATEWAY_DATABASE_SCHEMA: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/)
    .default("chrono_gateway")
    .describe("schema of the tables on a server; of one network only"),
  GATEWAY_NODE_SET_FILE: z.string().min(1).describe("node set of the network (JSON)"),
  GATEWAY_AGGREGATOR_URL: Url.describe("where leaves are sent"),
  GATEWAY_NODE_URLS: UrlList.describe(
    "addresses of the nodes, separated by commas, in index order: asked for their readings",
  ),
  GATEWAY_TOKEN_FILE: z.string().min(1).describe("bearer token that the nodes accept"),
  GATEWAY_SECRET_FILE: z
    .string()
    .min(1)
    .describe(
      "secret that seals what the database must not reveal; 32 characters or more, the same for gateways that share a database",
    ),
  GATEWAY_OPERATOR_TOKEN_FILE: z
    .string()
    .optional()
    .describe("bearer token of the operator, who opens and changes accounts; without it nobody is the operator"),
  GATEWAY_OPEN_SIGN_UP: Flag.default(false).describe("whether anybody may open a developer account"),
  GATEWAY_SIGN_UPS_PER_HOUR: z.coerce.number().int().min(1).max(100_000).default(20).describe("of one address"),
  GATEWAY_PRIVATE_TARGETS: Flag.default(false).describe(
    "whether webhooks and calls may go to addresses of this machine and of private networks; for development",
  ),
  GATEWAY_PAGE_DIR: z.string().optional().describe("folder of the web page; without it none is served"),
  GATEWAY_OBSERVE_MS: DurationMs.default(5_000).describe("how often the nodes' clocks are recorded for reports"),
  GATEWAY_RPC_URL: z
    .string()
    .optional()
    .describe("EVM node, for scheduled calls of contracts; without it there are none"),
  GATEWAY_CHAIN_ID: z.coerce.number().int().min(1).optional().describe("checked against the node"),
  GATEWAY_SCHEDULER_ADDRESS: HexAddress.optional().describe("ChronoScheduler"),
  GATEWAY_KEY_FILE: z
    .string()
    .optional()
    .describe("private key of the account that registers schedules, 64 hexadecimal digits"),
  GATEWAY_TSA_KEY_FILE: z
    .string()
    .optional()
    .describe(
      "P-256 key (PEM) of the RFC 3161 face; without it one is made in GATEWAY_DATA_DIR, with a certificate that nobody vouches for",
    ),
  GATEWAY_TSA_CERTIFICATE_FILE: z.string().optional().describe("certificate (PEM) of that key"),
  GATEWAY_TRACEABLE_TO: z
    .enum(["none", "UTC(NIST)", "UTC(k)"])
    .default("none")
    .describe("where the documented chain of comparisons ends; ignored for stamps with the test flag"),
});
export type GatewayConfig = z.output<typeof GatewayConfig>;
