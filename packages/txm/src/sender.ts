import { type ChronoError, isChronoError } from "@chronoledger/core";
import { type Book, lastAttempt, type Tracked, withAcknowledged } from "./book.ts";
import { classifyFailure, isDefiniteRefusal } from "./failure.ts";
import { cancelFees, type Fees, leastReplacement } from "./fees.ts";
import { signTransaction } from "./sign.ts";
import { canHappen } from "./state-machine.ts";
import type { Attempt, ChainPort, Hex, LogPort, Transaction } from "./types.ts";

/** An empty transfer to oneself. */
const NOOP_GAS = 21_000n;
/** How often an offer that a node calls too low is raised at once. */
const RAISES_AT_ONCE = 3;

export type SenderContext = {
  readonly chain: ChainPort;
  readonly book: Book;
  readonly log: LogPort;
  readonly privateKey: Uint8Array;
  readonly address: Hex;
  readonly cap: bigint;
  readonly baseFee: () => bigint;
  /** Gives a refused transaction's nonce back, or fills it. */
  readonly freeNonce: (transaction: Transaction) => Promise<void>;
};

/** Signs one attempt for a transaction. */
export function signAttempt(
  context: SenderContext,
  transaction: Pick<Transaction, "nonce" | "request">,
  kind: Attempt["kind"],
  fees: Fees,
): Attempt {
  const { chain, privateKey, address } = context;
  const { request, nonce } = transaction;
  const call =
    kind === "call"
      ? { to: request.to, data: request.data, value: request.value ?? 0n, gas: request.gas }
      : { to: address, data: "0x" as Hex, value: 0n, gas: NOOP_GAS };
  const signed = signTransaction({ chainId: chain.chainId, nonce, ...call, ...fees }, privateKey);
  return {
    ...signed,
    kind,
    maxFeePerGas: String(fees.maxFeePerGas),
    maxPriorityFeePerGas: String(fees.maxPriorityFeePerGas),
    acknowledged: false,
  };
}

export const feesOf = (attempt: Attempt): Fees => ({
  maxFeePerGas: BigInt(attempt.maxFeePerGas),
  maxPriorityFeePerGas: BigInt(attempt.maxPriorityFeePerGas),
});

/** Never more than this for the request; an empty transaction that takes a nonce may cost twice as much per gas. */
export const capOf = (context: SenderContext, transaction: Transaction, kind: Attempt["kind"]): bigint => {
  const wanted = transaction.request.maxFeePerGas ?? 0n;
  const cap = wanted > 0n && wanted < context.cap ? wanted : context.cap;
  return kind === "noop" ? context.cap * 2n : cap;
};

/** Broadcasts the newest attempt and books what came of it. @throws what it was classified as, unless a node has it */
export async function broadcast(context: SenderContext, tracked: Tracked): Promise<void> {
  const attempt = lastAttempt(tracked.transaction);
  tracked.headsWaited = 0;
  try {
    await context.chain.broadcast(attempt.raw);
  } catch (error) {
    return await handleFailure(context, tracked, attempt, error);
  }
  await acknowledge(context, tracked, attempt.hash);
}

export async function acknowledge(context: SenderContext, tracked: Tracked, hash: Hex): Promise<void> {
  if (!canHappen(tracked.transaction.state, "acknowledged")) return;
  await context.book.apply(tracked, "acknowledged", { attempts: withAcknowledged(tracked.transaction, hash) });
}

/** Books a refusal, raises the offer when it was too low. @throws the classified error, unless a node has the transaction after all */
export async function handleFailure(
  context: SenderContext,
  tracked: Tracked,
  attempt: Attempt,
  error: unknown,
  raises = 0,
): Promise<void> {
  const failure = classifyFailure(error);
  if (failure.code === "transaction/already-known") return acknowledge(context, tracked, attempt.hash);
  if (
    failure.code === "transaction/underpriced" &&
    raises < RAISES_AT_ONCE &&
    (await raiseAndSend(context, tracked, attempt, raises))
  )
    return;
  const refused = isDefiniteRefusal(failure.code) || failure.code === "transaction/underpriced";
  if (refused && (await surelyNowhere(context, tracked))) await reject(context, tracked, failure);
  else if (canHappen(tracked.transaction.state, "doubted") && tracked.transaction.state !== "sent")
    await context.book.apply(tracked, "doubted");
  throw failure;
}

async function raiseAndSend(
  context: SenderContext,
  tracked: Tracked,
  attempt: Attempt,
  raises: number,
): Promise<boolean> {
  const least = leastReplacement(feesOf(attempt));
  const baseFee = context.baseFee();
  const floor = baseFee + baseFee / 8n + least.maxPriorityFeePerGas;
  const fees = { ...least, maxFeePerGas: least.maxFeePerGas > floor ? least.maxFeePerGas : floor };
  if (
    fees.maxFeePerGas > capOf(context, tracked.transaction, attempt.kind) ||
    !canHappen(tracked.transaction.state, "doubted")
  )
    return false;
  const next = signAttempt(context, tracked.transaction, attempt.kind, fees);
  await context.book.apply(tracked, "doubted", { attempts: [...tracked.transaction.attempts, next] });
  try {
    await context.chain.broadcast(next.raw);
  } catch (error) {
    await handleFailure(context, tracked, next, error, raises + 1);
    return true;
  }
  await acknowledge(context, tracked, next.hash);
  return true;
}

/** A refusal of these bytes says nothing of earlier ones that a node may hold. */
async function surelyNowhere(context: SenderContext, tracked: Tracked): Promise<boolean> {
  const { attempts, state } = tracked.transaction;
  if (state === "signed" && attempts.length === 1) return true;
  if (attempts.some((attempt) => attempt.acknowledged)) return false;
  try {
    const known = await Promise.all(attempts.map((attempt) => context.chain.knows(attempt.hash)));
    return !known.includes(true);
  } catch {
    return false;
  }
}

async function reject(context: SenderContext, tracked: Tracked, failure: ChronoError): Promise<void> {
  // What fills a gap may not leave one: it is tried again at the next head.
  if (lastAttempt(tracked.transaction).kind === "noop") {
    if (tracked.transaction.state === "signed") await context.book.apply(tracked, "doubted");
    return;
  }
  await context.book.apply(tracked, "rejected", { failure: { code: failure.code, message: failure.message } });
  await context.freeNonce(tracked.transaction);
}

/** Adds an attempt with these fees and broadcasts it; a refusal is logged, older attempts stay valid. */
export async function replace(
  context: SenderContext,
  tracked: Tracked,
  kind: Attempt["kind"],
  fees: Fees,
): Promise<void> {
  if (!canHappen(tracked.transaction.state, "doubted")) return;
  const attempt = signAttempt(context, tracked.transaction, kind, fees);
  await context.book.apply(tracked, "doubted", { attempts: [...tracked.transaction.attempts, attempt] });
  await broadcast(context, tracked).catch((error: unknown) => {
    if (!isChronoError(error)) throw error;
    context.log.warn(
      { code: error.code, nonce: tracked.transaction.nonce, transaction: tracked.transaction.key },
      "a replacement was refused",
    );
  });
}

export async function replaceByNoop(
  context: SenderContext,
  tracked: Tracked,
  failure: ChronoError | undefined,
): Promise<void> {
  const previous = feesOf(lastAttempt(tracked.transaction));
  if (failure !== undefined)
    tracked.transaction = { ...tracked.transaction, failure: { code: failure.code, message: failure.message } };
  await replace(context, tracked, "noop", cancelFees(previous, context.baseFee()));
}
