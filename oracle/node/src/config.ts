import { Port } from "@chronoledger/service";
import * as z from "zod";

export const SOURCE_NAMES = ["chrony", "kernel"] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

const SourceList = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .pipe(z.array(z.enum(SOURCE_NAMES, `known sources: ${SOURCE_NAMES.join(", ")}`)).min(1));

export const NodeConfig = z.object({
  TMN_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  TMN_PORT: Port.default(0).describe("port to listen on; 0 picks a free one"),
  TMN_DATA_DIR: z
    .string()
    .min(1)
    .describe("folder of the co-signing journal; one process uses it, and it must survive restarts"),
  TMN_NODE_SET_FILE: z.string().min(1).describe("node set of the network (JSON)"),
  TMN_KEY_FILE: z.string().min(1).describe("P-256 private key (PEM)"),
  TMN_INDEX: z.coerce
    .number()
    .int()
    .min(0)
    .max(31)
    .optional()
    .describe("place in the node set; found by the key when left out"),
  TMN_TOKEN_FILE: z.string().min(1).describe("bearer token that aggregators send"),
  TMN_SOURCES: SourceList.prefault("chrony,kernel").describe("clock sources, separated by commas: chrony, kernel"),
  TMN_ASSUMED_UNCERTAINTY_NS: z.coerce
    .bigint()
    .min(1n)
    .default(500_000n)
    .describe(
      "stands in for the unknown error of an unsynchronised kernel; only used when the policy allows the test flag",
    ),
  TMN_LEAP_SECONDS: z.string().min(1).optional().describe("a leap-seconds.list that replaces the table built in"),
});
export type NodeConfig = z.output<typeof NodeConfig>;
