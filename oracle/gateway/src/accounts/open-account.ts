import { ChronoError, type UnixNs } from "@chronoledger/core";
import { type CreateAccount, type CreatedAccount, SCOPES } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import type * as z from "zod";
import { insertAccount } from "./account-store.ts";
import { issueKey } from "./key-store.ts";

/** An account with its first key, which has every scope. */
export async function openAccount(
  tx: Database,
  wanted: z.output<typeof CreateAccount>,
  now: UnixNs,
): Promise<z.output<typeof CreatedAccount>> {
  const account = await insertAccount(tx, wanted, now);
  const issued = await issueKey(tx, account.id, { name: "first key", scopes: SCOPES, expiresUtcNs: null }, now);
  return { account, ...issued };
}

/**
 * What anybody may open: developer accounts, where the operator allows it. A token that is not the operator's is a mistake to be
 * told of, not a sign-up.
 * @throws auth/refused
 */
export function requireOpenSignUp(
  wanted: z.output<typeof CreateAccount>,
  { open, authorization }: { readonly open: boolean; readonly authorization: string | undefined },
): void {
  if (authorization !== undefined)
    throw new ChronoError("auth/refused", {}, { remedy: "this is not the operator's token; sign up without one" });
  if (!open)
    throw new ChronoError("auth/refused", {}, { remedy: "accounts are opened here by the operator, with their token" });
  if (wanted.tier !== "developer" || wanted.billing !== "subscription")
    throw new ChronoError(
      "auth/refused",
      { tier: wanted.tier, billing: wanted.billing },
      { remedy: "the operator opens such accounts; anybody may open one of tier developer, billing subscription" },
    );
}

/** Characters of an Idempotency-Key on sign-up: whoever repeats it from the same address gets the secret. */
const MIN_KEY_CHARS = 16;

/** @throws input/malformed */
export function requireUnguessable(key: string | undefined): void {
  if (key === undefined || key.length >= MIN_KEY_CHARS) return;
  throw new ChronoError(
    "input/malformed",
    { header: "Idempotency-Key", characters: key.length },
    { remedy: `here it must be hard to guess: ${MIN_KEY_CHARS} characters or more, such as a UUID` },
  );
}
