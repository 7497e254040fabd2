import { ORACLE_ADDRESS } from "@chronoledger/bindings";
import { DurationMs, HexAddress, Port } from "@chronoledger/service";
import * as z from "zod";

export const KeeperConfig = z.object({
  KEEPER_RPC_URL: z
    .string()
    .min(1)
    .describe("The node: http(s)://, ws(s)://, or the path of its Unix socket (fastest)"),
  KEEPER_CHAIN_ID: z.coerce.number().int().min(1).describe("Checked against the node"),
  KEEPER_SCHEDULER_ADDRESS: HexAddress.describe("ChronoScheduler"),
  KEEPER_ORACLE_ADDRESS: HexAddress.default(ORACLE_ADDRESS).describe("ChronoOracle"),
  KEEPER_KEY_FILE: z
    .string()
    .min(1)
    .describe("File with the account's private key, 64 hexadecimal digits; nobody else may send from it"),
  KEEPER_REDIS_URL: z
    .string()
    .optional()
    .describe("Redis for the wake-up queue; without it the database's sweeper wakes"),
  KEEPER_DATABASE_URL: z
    .string()
    .optional()
    .describe("PostgreSQL server; without it PostgreSQL runs embedded in KEEPER_DATA_DIR"),
  KEEPER_DATA_DIR: z.string().min(1).describe("Folder of this keeper alone"),
  KEEPER_HOST: z.string().default("127.0.0.1"),
  KEEPER_PORT: Port.default(0).describe("0 picks a free one"),
  KEEPER_INDEX: z.coerce.number().int().min(0).max(255).default(0).describe("This keeper among KEEPER_COUNT"),
  KEEPER_COUNT: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Each run has one first keeper by its id; the others stand in"),
  KEEPER_STAGGER_MS: DurationMs.default(2_500).describe(
    "A stand-in waits this long after notBefore for each keeper before it",
  ),
  KEEPER_RELAYER_URL: z.string().optional().describe("Asked for attested time on schedules with the attested clock"),
  KEEPER_LEAD_MS: DurationMs.default(800).describe(
    "Woken, checked and armed this long before notBefore; above Redis' 1000/hz ms",
  ),
  KEEPER_ATTESTED_LEAD_MS: DurationMs.default(2_000).describe("Attested time is asked for this long before notBefore"),
  KEEPER_SIGN_LEAD_MS: DurationMs.default(400).describe(
    "Signed this long before notBefore; above what the process may be held up on a busy machine",
  ),
  KEEPER_GUARD_MS: DurationMs.max(500)
    .default(30)
    .describe("Sent this long before a seal that would otherwise be missed"),
  KEEPER_MODE: z
    .enum(["precise", "preposition"])
    .default("precise")
    .describe("precise: at notBefore; preposition: once the next block cannot be too early"),
  KEEPER_START_BLOCK: z.coerce.number().int().min(0).default(0).describe("Block of the scheduler's deployment"),
  KEEPER_BLOCK_INTERVAL: z.coerce
    .number()
    .min(0.05)
    .max(3_600)
    .optional()
    .describe("Seconds between blocks; learned when absent"),
  KEEPER_CONFIRMATIONS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(2)
    .describe("Blocks on top until a run is final"),
  KEEPER_QUEUE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default("chrono")
    .describe("Of names in Redis"),
  KEEPER_MIN_REWARD_PERCENT: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe("How much of the cost the reward must cover; 0 runs everything"),
  KEEPER_MAX_FEE_GWEI: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(500)
    .describe("Most that is ever offered for a unit of gas"),
});
export type KeeperConfig = z.output<typeof KeeperConfig>;
