import { ChronoError, isChronoError, NS_PER_MS, type UnixNs } from "@chronoledger/core";
import type { ClockPort, SenderConnection, SenderLog, TransactionFailure } from "./connection-port.ts";
import { ask } from "./rpc-failure.ts";

/** A transaction may enter the blocks up to this many above the one whose hash it names. */
export const VALID_BLOCKS = 150;
/** Once in the middle of a slot, once at its end. */
const LOOKS_A_SLOT = 2;

/** A transaction with its signature, for the blocks up to a height. */
export type Attempt = {
  readonly raw: Uint8Array;
  readonly signature: string;
  readonly lastValidBlockHeight: number;
  /** When its blockhash was read: before this slot and 150 more it cannot have expired. */
  readonly slot: number;
};

export type LandingContext = {
  readonly connection: SenderConnection;
  readonly clock: ClockPort;
  /** Milliseconds from slot to slot. */
  readonly slotMs: number;
  readonly log?: SenderLog;
};
export type LandingOrder = {
  /** Not sent again from then on. */
  readonly notAfter: UnixNs;
  /** What counts as landed. */
  readonly commitment: "processed" | "confirmed";
  readonly signal: AbortSignal | undefined;
};
export type Outcome = { readonly slot: number; readonly failure: TransactionFailure | null } | "expired";

/**
 * Sends a transaction, and again in each slot, until it is in a block or can be in none any more. It is expired only when the confirmed
 * chain is past its last block and a node that has seen as much does not know it.
 *
 * @throws transaction/expired when the signal ends it, rpc/rejected when no node takes it; rpc/unavailable when nodes are silent for
 * long after its time. After the first and the last it may still get in.
 */
export async function land(context: LandingContext, attempt: Attempt, order: LandingOrder): Promise<Outcome> {
  const { clock, slotMs, log } = context;
  const { signature } = attempt;
  let accepted = false;
  for (let look = 0; ; look++) {
    if (order.signal?.aborted === true)
      throw new ChronoError("transaction/expired", { signature }, { remedy: "it was given up; it may still get in" });
    try {
      if (look % LOOKS_A_SLOT === 0 && clock.utcNow() < order.notAfter) {
        await send(context, attempt);
        accepted = true;
      }
      const outcome = look === 0 ? undefined : await observe(context, attempt, order.commitment);
      if (outcome !== undefined) return outcome;
    } catch (error) {
      if (!isChronoError(error)) throw error;
      if (error.code === "rpc/rejected" && !accepted) throw error;
      const silence = BigInt(VALID_BLOCKS * slotMs) * NS_PER_MS;
      if (clock.utcNow() > order.notAfter + silence)
        throw new ChronoError("rpc/unavailable", { signature }, { cause: error, remedy: "it may have got in" });
      log?.debug({ signature, code: error.code }, "a look at a transaction failed");
    }
    await pause(slotMs / LOOKS_A_SLOT, order.signal);
  }
}

const send = ({ connection }: LandingContext, { raw }: Attempt): Promise<string> =>
  ask("sendTransaction", () => connection.sendRawTransaction(raw, { skipPreflight: true, maxRetries: 0 }));

async function observe(
  { connection }: LandingContext,
  { signature, lastValidBlockHeight, slot }: Attempt,
  commitment: LandingOrder["commitment"],
): Promise<Outcome | undefined> {
  const seen = await ask("getSignatureStatuses", () => connection.getSignatureStatuses([signature]));
  const [status] = seen.value;
  if (status != null) {
    const reached = commitment === "processed" || status.confirmationStatus !== "processed";
    return reached ? { slot: status.slot, failure: status.err } : undefined;
  }
  if (seen.context.slot <= slot + VALID_BLOCKS) return undefined;
  const confirmed = await ask("getEpochInfo", () => connection.getEpochInfo("confirmed"));
  if ((confirmed.blockHeight ?? 0) <= lastValidBlockHeight) return undefined;
  // Asked after the height, of a node that is at least as far, and in all that it remembers.
  const last = await ask("getSignatureStatuses", () =>
    connection.getSignatureStatuses([signature], { searchTransactionHistory: true }),
  );
  return last.context.slot >= confirmed.absoluteSlot && last.value[0] == null ? "expired" : undefined;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted === true) done();
  });
}
