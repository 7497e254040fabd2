import { randomBytes } from "node:crypto";
import { ChronoError, type UnixNs } from "@chronoledger/core";
import type { ApiKey, IssuedKey, Scope } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { keyText } from "../http/authenticate.ts";
import { newId } from "../http/new-id.ts";
import { type PagePosition, pageOfRows } from "../http/page-cursor.ts";
import { secretHash } from "../http/vault.ts";
import { rowsOf } from "../store/rows-of.ts";
import type { KeyTerms } from "./key-rules.ts";

/** `replacedBy`: the key that a rotation made of it. */
export type StoredKey = { readonly key: ApiKey; readonly replacedBy: string | null };

type Row = {
  readonly id: string;
  readonly name: string;
  readonly scopes: Scope[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
  readonly replaced_by: string | null;
};

const COLUMNS = sql.raw(
  "id, name, scopes, created_at::text, expires_at::text, revoked_at::text, last_used_at::text, replaced_by",
);
const SECRET_BYTES = 32;

const timeOf = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
const toKey = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  createdUtcNs: BigInt(row.created_at),
  expiresUtcNs: timeOf(row.expires_at),
  revokedUtcNs: timeOf(row.revoked_at),
  lastUsedUtcNs: timeOf(row.last_used_at),
});

/**
 * Until the transaction ends, nobody else changes this account's keys: they are counted and judged as they are. No row is locked,
 * which stamping could wait for.
 */
export async function lockKeys(tx: Database, accountId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`gateway-keys/${accountId}`}, 0))`);
}

/** Draws a secret, which is told in what this returns and nowhere else: only its hash is kept. */
export async function issueKey(
  tx: Database,
  accountId: string,
  terms: KeyTerms & { readonly name: string },
  now: UnixNs,
): Promise<IssuedKey> {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const key: ApiKey = {
    id: newId("ak"),
    name: terms.name,
    scopes: [...new Set(terms.scopes)],
    createdUtcNs: now,
    expiresUtcNs: terms.expiresUtcNs,
    revokedUtcNs: null,
    lastUsedUtcNs: null,
  };
  await tx.execute(sql`
    insert into gateway_keys (id, account_id, name, secret_hash, scopes, created_at, expires_at)
    select ${key.id}, ${accountId}, ${key.name}, ${secretHash(secret)}::bytea,
      array(select jsonb_array_elements_text(${JSON.stringify(key.scopes)}::jsonb)),
      ${String(now)}::numeric, ${key.expiresUtcNs === null ? null : String(key.expiresUtcNs)}::numeric`);
  return { key, secret: keyText(key.id, secret) };
}

/** @throws input/not-found, also for another account's key */
export async function readKey(db: Database, accountId: string, keyId: string): Promise<StoredKey> {
  const [row] = await rowsOf<Row>(
    db,
    sql`select ${COLUMNS} from gateway_keys where id = ${keyId} and account_id = ${accountId}`,
  );
  if (row === undefined) throw new ChronoError("input/not-found", { key: keyId });
  return { key: toKey(row), replacedBy: row.replaced_by };
}

/** Newest first, those that are revoked or expired too. */
export async function listKeys(
  db: Database,
  accountId: string,
  limit: number,
  after: PagePosition | undefined,
): Promise<{ items: ApiKey[]; next: string | null }> {
  const older = after === undefined ? sql`` : sql`and (created_at, id) < (${String(after.at)}::numeric, ${after.id})`;
  const rows = await rowsOf<Row>(
    db,
    sql`select ${COLUMNS} from gateway_keys where account_id = ${accountId} ${older}
      order by gateway_keys.created_at desc, id desc limit ${limit + 1}`,
  );
  return pageOfRows(rows, limit, toKey, (row) => ({ at: BigInt(row.created_at), id: row.id }));
}

/** How many keys of the account live; with a scope, how many that have it. */
export async function countLiveKeys(tx: Database, accountId: string, now: UnixNs, scope?: Scope): Promise<number> {
  const result = await tx.execute(sql`
    select count(*)::integer as count from gateway_keys
    where account_id = ${accountId}
      and (revoked_at is null or revoked_at > ${String(now)}::numeric)
      and (expires_at is null or expires_at > ${String(now)}::numeric)
      and (${scope ?? null}::text is null or ${scope ?? null}::text = any (scopes))`);
  return (result as unknown as { rows: { count: number }[] }).rows[0]?.count ?? 0;
}

/** From now on. */
export async function markRevoked(tx: Database, keyId: string, now: UnixNs): Promise<void> {
  await tx.execute(sql`
    update gateway_keys set revoked_at = least(revoked_at, ${String(now)}::numeric) where id = ${keyId}`);
}

/** It ends at `until`, or earlier if it was to. */
export async function markReplaced(tx: Database, keyId: string, by: string, until: UnixNs): Promise<void> {
  await tx.execute(sql`
    update gateway_keys set replaced_by = ${by}, expires_at = least(expires_at, ${String(until)}::numeric)
    where id = ${keyId}`);
}
