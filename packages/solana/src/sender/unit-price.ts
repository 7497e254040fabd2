import type { PublicKey, TransactionInstruction } from "@solana/web3.js";
import type { SenderConnection } from "./connection-port.ts";
import { ask } from "./rpc-failure.ts";

/** Micro-lamports for a compute unit, whole numbers: never less, never more. */
export type FeeBounds = { readonly min: number; readonly max: number };

/** The RPC method's own limit. */
const MAX_ACCOUNTS = 128;
/** After a transaction got in nowhere, the next offers so much more of what it did, at least. */
const RAISE_PERCENT = 50;

/**
 * An offer for a compute unit by what was paid lately for the same accounts: the median for urgency 0, the highest for 1.
 * @param refused what a transaction offered that got in nowhere
 */
export function unitPrice(
  recent: readonly number[],
  urgency: number,
  { min, max }: FeeBounds,
  refused: number | undefined,
): number {
  const sorted = [...recent].sort((a, b) => a - b);
  const share = 0.5 + Math.min(1, Math.max(0, urgency)) / 2;
  const market = sorted[Math.ceil(share * (sorted.length - 1))] ?? 0;
  const raised = refused === undefined ? 0 : Math.max(refused + 1, Math.ceil(refused * (1 + RAISE_PERCENT / 100)));
  return Math.min(max, Math.max(min, market, raised));
}

/** What was paid lately, or nothing when the node cannot say: a transaction is worth more than a good price. */
export async function recentPrices(
  connection: SenderConnection,
  instructions: readonly TransactionInstruction[],
): Promise<number[]> {
  const writable = new Map<string, PublicKey>();
  for (const { pubkey, isWritable } of instructions.flatMap(({ keys }) => keys))
    if (isWritable) writable.set(pubkey.toBase58(), pubkey);
  const lockedWritableAccounts = [...writable.values()].slice(0, MAX_ACCOUNTS);
  const fees = await ask("getRecentPrioritizationFees", () =>
    connection.getRecentPrioritizationFees({ lockedWritableAccounts }),
  ).catch(() => []);
  return fees.map(({ prioritizationFee }) => prioritizationFee);
}
