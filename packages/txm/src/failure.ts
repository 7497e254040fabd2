import { ChronoError, type ErrorCode, isChronoError } from "@chronoledger/core";

/**
 * What nodes say when they refuse a transaction, in one place. Recorded from anvil 1.7 and Hardhat 3's EDR; geth, Nethermind, Besu,
 * Erigon and Reth from their sources. By message across the whole chain of causes, never by code: nodes disagree on codes.
 * The first line that matches decides; the samples stand in failure.test.ts.
 */
const TABLE: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /already known|already imported|known transaction|alreadyknown|already_known|already exists in (the )?(tx)?pool/i,
    "transaction/already-known",
  ],
  [/nonce too low|nonce is too low|oldnonce|nonce_too_low|old nonce/i, "transaction/nonce-too-low"],
  [/nonce too high|noncegap|nonce gap|nonce_too_high|nonce too distant|nonce too far/i, "transaction/nonce-gap"],
  [
    /insufficient ?funds|doesn't have enough funds|upfront cost exceeds|insufficient balance/i,
    "transaction/insufficient-funds",
  ],
  [
    /underpriced|replacementnotallowed|feetoolow|fee too low|less than block base fee|below current base fee|too low for the next block|gas price below/i,
    "transaction/underpriced",
  ],
  [/execution reverted|reverted with|vm exception/i, "transaction/reverted"],
  [
    /intrinsic gas|transaction requires at least|exceeds (the )?(block )?gas limit|exceeds transaction gas cap|gas limit too high/i,
    "rpc/rejected",
  ],
  [
    /tip.*higher than|priority fee per gas higher than|exceeds the configured cap|oversized data|transaction type not supported|invalid (chain ?id|sender|signature)/i,
    "rpc/rejected",
  ],
  [
    /failed to decode transaction|input too short|rlp:|typed transaction too short|init ?code size|gas uint64 overflow|blobs? /i,
    "rpc/rejected",
  ],
];

const messagesOf = (error: unknown): string => {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    texts.push(at.message);
    const details = (at as { details?: unknown }).details;
    if (typeof details === "string") texts.push(details);
  }
  return texts.length === 0 ? String((error as { message?: unknown })?.message ?? error) : texts.join("\n");
};

/**
 * What a failed broadcast means. A message that nobody recorded is "rpc/unavailable": nobody knows whether the transaction is in a
 * pool, which is the safe belief, since only a definite refusal frees a nonce.
 */
export function classifyFailure(error: unknown): ChronoError {
  if (isChronoError(error)) return error;
  const message = messagesOf(error);
  const code = TABLE.find(([pattern]) => pattern.test(message))?.[1] ?? "rpc/unavailable";
  return new ChronoError(code, { message: message.slice(0, 200) }, { cause: error });
}

/** Whether the node surely did not take the transaction, and would not if it came again unchanged. */
export function isDefiniteRefusal(code: ErrorCode): boolean {
  return code === "rpc/rejected" || code === "transaction/insufficient-funds" || code === "transaction/reverted";
}
