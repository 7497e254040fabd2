import { Port } from "@chronoledger/service";
import * as z from "zod";
import { fromBase58 } from "./base58.ts";

const isAddress = (text: string) => fromBase58(text)?.length === 32;

/** address=path, or address=path=authority. */
const Program = z.string().transform((text, context) => {
  const [address = "", elf = "", upgradeAuthority, ...rest] = text.trim().split("=");
  const addresses = upgradeAuthority === undefined ? [address] : [address, upgradeAuthority];
  if (addresses.every(isAddress) && elf !== "" && rest.length === 0) return { address, elf, upgradeAuthority };
  context.addIssue({ code: "custom", message: "a program is address=path.so or address=path.so=upgradeAuthority" });
  return z.NEVER;
});

export const LocalSolanaConfig = z.object({
  LOCAL_SOLANA_HOST: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  LOCAL_SOLANA_PORT: Port.default(0).describe(
    "port of JSON-RPC; the WebSocket listens on the next one; 0 finds a free pair",
  ),
  LOCAL_SOLANA_SLOT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(400)
    .describe("milliseconds from slot to slot; 0 makes slots only when local_advance is called"),
  LOCAL_SOLANA_CONFIRM_AFTER: z.coerce
    .number()
    .int()
    .min(0)
    .default(1)
    .describe("blocks on top that make a block confirmed"),
  LOCAL_SOLANA_FINALIZE_AFTER: z.coerce
    .number()
    .int()
    .min(0)
    .default(32)
    .describe("blocks on top that make a block final"),
  LOCAL_SOLANA_STATE_FILE: z.string().min(1).optional().describe("file that keeps the chain over restarts"),
  LOCAL_SOLANA_PROGRAMS: z
    .string()
    .optional()
    .transform((text) => text?.split(",") ?? [])
    .pipe(z.array(Program))
    .describe("programs, separated by commas: address=path.so or address=path.so=upgradeAuthority"),
  LOCAL_SOLANA_FAULTS: z
    .stringbool()
    .default(false)
    .describe("true offers the methods local_advance, local_fork and so on, which make things go wrong"),
});
