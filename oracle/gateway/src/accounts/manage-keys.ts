import { ChronoError, NS_PER_S, type UnixNs, unixNs } from "@chronoledger/core";
import type { ApiKey, IssuedKey } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import type { Caller } from "../http/authenticate.ts";
import { type KeyTerms, keyStateOf, MAX_LIVE_KEYS, requireFuture, requireGives } from "./key-rules.ts";
import { countLiveKeys, issueKey, lockKeys, markReplaced, markRevoked, readKey, type StoredKey } from "./key-store.ts";

type NewKey = KeyTerms & { readonly name: string };

/**
 * A key as another key wants it.
 * @throws auth/refused, auth/forbidden, input/out-of-range
 */
export async function makeKey(tx: Database, caller: Caller, wanted: NewKey, now: UnixNs): Promise<IssuedKey> {
  await lockKeys(tx, caller.accountId);
  requireGives(await requireLive(tx, caller, now), wanted);
  return addKey(tx, caller.accountId, wanted, now);
}

/**
 * A key that the operator gives, to an account that has lost its own.
 * @throws input/out-of-range
 */
export async function makeKeyByOperator(
  tx: Database,
  accountId: string,
  wanted: NewKey,
  now: UnixNs,
): Promise<IssuedKey> {
  await lockKeys(tx, accountId);
  return addKey(tx, accountId, wanted, now);
}

/**
 * A new key with the name, scopes and end of the old one, which goes on for the grace, and never longer than it was to. A key is
 * rotated once: its successor is rotated next. With no grace the old key ends at once, so that a lost answer can be asked for
 * again only with another key; whoever has one key leaves a grace.
 * @throws auth/refused, auth/forbidden, input/not-found, input/out-of-range
 */
export async function rotateKey(
  tx: Database,
  caller: Caller,
  keyId: string,
  graceSeconds: number,
  now: UnixNs,
): Promise<IssuedKey> {
  await lockKeys(tx, caller.accountId);
  const own = await requireLive(tx, caller, now);
  const old = await readKey(tx, caller.accountId, keyId);
  requireRotatable(old, now);
  requireGives(own, old.key);
  const issued = await issueKey(tx, caller.accountId, old.key, now);
  await markReplaced(tx, keyId, issued.key.id, unixNs(now + BigInt(graceSeconds) * NS_PER_S));
  return issued;
}

/**
 * Stops a key at once; repeating it changes nothing. The last key that can manage keys stays, because nobody could make another
 * one: if it leaked, rotating it without a grace stops it as fast.
 * @throws auth/refused, auth/forbidden, input/not-found
 */
export async function revokeKey(tx: Database, caller: Caller, keyId: string, now: UnixNs): Promise<ApiKey> {
  await lockKeys(tx, caller.accountId);
  await requireLive(tx, caller, now);
  const { key } = await readKey(tx, caller.accountId, keyId);
  if (keyId === caller.keyId && (await countLiveKeys(tx, caller.accountId, now, "account")) === 1)
    throw new ChronoError(
      "auth/forbidden",
      { key: keyId },
      { remedy: "this is the last key with scope account: rotate it, or make another one first" },
    );
  await markRevoked(tx, keyId, now);
  return { ...key, revokedUtcNs: key.revokedUtcNs ?? now };
}

async function addKey(tx: Database, accountId: string, wanted: NewKey, now: UnixNs): Promise<IssuedKey> {
  requireFuture(wanted.expiresUtcNs, now);
  const live = await countLiveKeys(tx, accountId, now);
  if (live >= MAX_LIVE_KEYS)
    throw new ChronoError(
      "input/out-of-range",
      { liveKeys: live, limit: MAX_LIVE_KEYS },
      { remedy: "revoke keys that nobody uses" },
    );
  return issueKey(tx, accountId, wanted, now);
}

/** Asked again under the lock: two keys that revoke each other do not both succeed. */
async function requireLive(tx: Database, caller: Caller, now: UnixNs): Promise<ApiKey> {
  const { key } = await readKey(tx, caller.accountId, caller.keyId);
  if (keyStateOf(key, now) !== "live")
    throw new ChronoError("auth/refused", {}, { remedy: "the key was revoked, or has expired" });
  return key;
}

function requireRotatable({ key, replacedBy }: StoredKey, now: UnixNs): void {
  const state = keyStateOf(key, now);
  if (state === "live" && replacedBy === null) return;
  throw new ChronoError(
    "input/out-of-range",
    { key: key.id, state, replacedBy: replacedBy ?? undefined },
    { remedy: replacedBy === null ? "make a new key: POST /v1/keys" : "it was rotated before: rotate its successor" },
  );
}
