import { timingSafeEqual } from "node:crypto";
import { ChronoError } from "@chronoledger/core";
import type { Scope, Tier } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { FastifyRequest } from "fastify";
import { KeyUse } from "./key-use.ts";
import type { Access } from "./route.ts";
import { secretHash } from "./vault.ts";

/** Whoever showed a valid key. */
export type Caller = {
  readonly accountId: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly tier: Tier;
};

const KEY_PATTERN = /^Bearer clk_([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})$/;

/** What a client sends: `clk_`, the id of the key without its prefix, and the secret. */
export const keyText = (keyId: string, secret: string): string => `clk_${keyId.slice(3)}${secret}`;

type KeyRow = {
  readonly account_id: string;
  readonly secret_hash: Uint8Array;
  readonly scopes: Scope[];
  readonly expires_at: string | null;
  readonly tier: string;
};

/** A key that was looked up stays good for this long on the stamping routes, whose commit asks the database once more. */
const CACHE_MS = 30_000n;
const MAX_CACHED = 10_000;

export type AuthenticatorOptions = {
  readonly db: Database;
  readonly tiers: ReadonlyMap<string, Tier>;
  readonly operatorToken: string | undefined;
  /** UTC, ns. */
  readonly now: () => bigint;
};

/** Finds out who calls. A wrong key costs one query; a right one none on the routes that may use the cache. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #use: KeyUse;
  readonly #known = new Map<string, { readonly row: KeyRow; readonly at: bigint }>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#use = new KeyUse(options.db);
  }

  /** Forgets what it knows of a key: it was revoked, or its account was changed. Without one, of all. */
  forget(keyId?: string): void {
    if (keyId === undefined) this.#known.clear();
    else this.#known.delete(keyId);
  }

  /**
   * @param cached whether a key looked up a moment ago may do, because the effect asks the database again.
   * @throws auth/refused, auth/forbidden
   */
  async authorise(request: FastifyRequest, access: Access, cached: boolean): Promise<Caller | undefined> {
    if (access === "public") return undefined;
    const header = request.headers.authorization;
    if (access === "operator") {
      if (!this.isOperator(header)) throw refused("the operator's token is needed");
      return undefined;
    }
    const caller = await this.#callerOf(header, cached);
    if (access !== "any-key" && !caller.scopes.includes(access.scope))
      throw new ChronoError(
        "auth/forbidden",
        { scope: access.scope },
        { remedy: "make a key with this scope: POST /v1/keys" },
      );
    return caller;
  }

  isOperator(header: string | undefined): boolean {
    const token = this.#options.operatorToken;
    if (token === undefined || header === undefined) return false;
    const [given, wanted] = [secretHash(header), secretHash(`Bearer ${token}`)];
    return timingSafeEqual(given, wanted);
  }

  async #callerOf(header: string | undefined, cached: boolean): Promise<Caller> {
    const [, id, secret] = KEY_PATTERN.exec(header ?? "") ?? [];
    if (id === undefined || secret === undefined)
      throw refused("send Authorization: Bearer with an API key, which begins with clk_");
    const keyId = `ak_${id}`;
    const row = await this.#row(keyId, cached);
    const now = this.#options.now();
    if (row === undefined || !timingSafeEqual(row.secret_hash, secretHash(secret))) throw refused("no such key");
    if (row.expires_at !== null && BigInt(row.expires_at) <= now) throw refused("the key has expired");
    const tier = this.#options.tiers.get(row.tier);
    if (tier === undefined) throw new ChronoError("internal/unexpected", { tier: row.tier });
    this.#use.note(keyId, now);
    return { accountId: row.account_id, keyId, scopes: row.scopes, tier };
  }

  async #row(keyId: string, cached: boolean): Promise<KeyRow | undefined> {
    const now = this.#options.now();
    const known = this.#known.get(keyId);
    if (cached && known !== undefined && now - known.at < CACHE_MS * 1_000_000n) return known.row;
    const result = await this.#options.db.execute(sql`
      select k.account_id, k.secret_hash, k.scopes, k.expires_at::text, a.tier
      from gateway_keys k join gateway_accounts a on a.id = k.account_id
      where k.id = ${keyId} and not a.closed and (k.revoked_at is null or k.revoked_at > ${String(now)}::numeric)`);
    const row = (result as unknown as { rows: KeyRow[] }).rows[0];
    if (row === undefined) this.#known.delete(keyId);
    else {
      this.#known.delete(keyId);
      this.#known.set(keyId, { row, at: now });
      if (this.#known.size > MAX_CACHED) this.#known.delete(this.#known.keys().next().value ?? "");
    }
    return row;
  }
}

const refused = (remedy: string): ChronoError => new ChronoError("auth/refused", {}, { remedy });
