import { DurationMs, Port } from "@chronoledger/service";
import { CHRONOLEDGER_PROGRAM, MicroLamports, SolanaAddress } from "@chronoledger/solana";
import * as z from "zod";

export const SolanaKeeperConfig = z.object({
  KEEPER_RPC_URL: z
    .string()
    .regex(/^https?:\/\//, "http:// or https://")
    .describe("The node's JSON-RPC; its WebSocket is one port above, or the same where the URL names none"),
  KEEPER_WS_URL: z
    .string()
    .regex(/^wss?:\/\//, "ws:// or wss://")
    .optional()
    .describe("The node's WebSocket, where it is elsewhere"),
  KEEPER_PROGRAM: SolanaAddress.default(CHRONOLEDGER_PROGRAM.toBase58()).describe(
    "Address of the ChronoLedger program",
  ),
  KEEPER_KEY_FILE: z
    .string()
    .min(1)
    .describe("File with the account's key, a JSON array of 64 numbers, as solana-keygen writes it"),
  KEEPER_RELAYER_URL: z.string().optional().describe("Asked for attested time on tasks with the attested clock"),
  KEEPER_HOST: z.string().default("127.0.0.1"),
  KEEPER_PORT: Port.default(0).describe("0 picks a free one"),
  KEEPER_INDEX: z.coerce.number().int().min(0).max(255).default(0).describe("This keeper among KEEPER_COUNT"),
  KEEPER_COUNT: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Each task has one first keeper by its address; the others stand in"),
  KEEPER_STAGGER_MS: DurationMs.default(2_500).describe(
    "A stand-in waits this long after notBefore for each keeper before it",
  ),
  KEEPER_SLOT_MS: DurationMs.max(60_000).default(400).describe("Of a slot, until it is learned"),
  KEEPER_LEAD_MS: DurationMs.max(30_000)
    .default(2_000)
    .describe("A run is signed, and attested time is asked for, this long before notBefore"),
  KEEPER_GUARD_MS: DurationMs.max(500)
    .default(30)
    .describe("Sent for a slot that is expected to be too early by at most this; a refusal costs a fee, not the slot"),
  KEEPER_RECONCILE_MS: DurationMs.min(100).default(10_000).describe("All tasks are read again so often"),
  KEEPER_MIN_REWARD: z.coerce
    .bigint()
    .min(0n)
    .max(10n ** 18n)
    .default(1n)
    .describe("Lamports that a run must bring, and the fee's estimate too; 0 runs everything"),
  KEEPER_MIN_FEE: MicroLamports.default(0).describe("Least that is offered for a compute unit, in micro-lamports"),
  KEEPER_MAX_FEE: MicroLamports.default(1_000_000).describe("Most that is ever offered for a compute unit"),
  KEEPER_EXPIRES: z
    .enum(["true", "false"])
    .default("true")
    .describe("Whether tasks whose last window is over are closed for their owners, at this keeper's cost"),
});
export type SolanaKeeperConfig = z.output<typeof SolanaKeeperConfig>;
