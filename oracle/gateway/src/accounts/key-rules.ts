import { ChronoError } from "@chronoledger/core";
import type { Scope } from "@chronoledger/core/gateway";

/** Keys of one account that are neither revoked nor expired. */
export const MAX_LIVE_KEYS = 100;

export type KeyTerms = { readonly scopes: readonly Scope[]; readonly expiresUtcNs: bigint | null };

/**
 * No key gives what it does not have: neither a scope nor more time, or whoever holds a key for a day could make one for ever.
 * @throws auth/forbidden
 */
export function requireGives(giver: KeyTerms, wanted: KeyTerms): void {
  const scope = wanted.scopes.find((each) => !giver.scopes.includes(each));
  if (scope !== undefined)
    throw new ChronoError("auth/forbidden", { scope }, { remedy: "a key cannot give a scope that it lacks" });
  const { expiresUtcNs: until } = giver;
  if (until !== null && (wanted.expiresUtcNs === null || wanted.expiresUtcNs > until))
    throw new ChronoError(
      "auth/forbidden",
      { expiresUtcNs: String(wanted.expiresUtcNs), latest: String(until) },
      { remedy: "a key cannot give one that lives longer than itself" },
    );
}

/** @throws input/out-of-range */
export function requireFuture(expiresUtcNs: bigint | null, now: bigint): void {
  if (expiresUtcNs === null || expiresUtcNs > now) return;
  throw new ChronoError(
    "input/out-of-range",
    { expiresUtcNs: String(expiresUtcNs), now: String(now) },
    { remedy: "a key expires in the future, or never: null" },
  );
}

export type KeyState = "live" | "expired" | "revoked";

export function keyStateOf(
  { revokedUtcNs, expiresUtcNs }: { readonly revokedUtcNs: bigint | null; readonly expiresUtcNs: bigint | null },
  now: bigint,
): KeyState {
  if (revokedUtcNs !== null && revokedUtcNs <= now) return "revoked";
  return expiresUtcNs !== null && expiresUtcNs <= now ? "expired" : "live";
}
