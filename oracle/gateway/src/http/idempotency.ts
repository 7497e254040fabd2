import { createHash, timingSafeEqual } from "node:crypto";
import { ChronoError } from "@chronoledger/core";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { FastifyRequest } from "fastify";
import type { Vault } from "./vault.ts";

/** The header's value (draft-ietf-httpapi-idempotency-key-header), with or without the quotes of a structured field. */
const KEY_PATTERN = /^"?([\x21\x23-\x7e]{1,128}?)"?$/;

export type IdempotencyKey = {
  readonly key: string;
  /** SHA-256 of method, path and body: a key that comes with another request is refused. */
  readonly fingerprint: Buffer;
};

/** @throws input/malformed */
export function idempotencyKeyOf(request: FastifyRequest): IdempotencyKey | undefined {
  const header = request.headers["idempotency-key"];
  if (header === undefined) return undefined;
  const key = typeof header === "string" ? KEY_PATTERN.exec(header)?.[1] : undefined;
  if (key === undefined)
    throw new ChronoError(
      "input/malformed",
      { header: "Idempotency-Key" },
      { remedy: "1 to 128 visible ASCII characters, such as a UUID" },
    );
  const { body } = request;
  const fingerprint = createHash("sha256")
    .update(`${request.method} ${request.url.split("?")[0]}\0`)
    .update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null))
    .digest();
  return { key, fingerprint };
}

/** @throws idempotency/mismatch */
export function requireSame(known: Uint8Array, given: IdempotencyKey): void {
  if (known.length === given.fingerprint.length && timingSafeEqual(known, given.fingerprint)) return;
  throw new ChronoError(
    "idempotency/mismatch",
    { key: given.key },
    { remedy: "this Idempotency-Key was used for another request; draw a new one" },
  );
}

export type KeptAnswer = { readonly status: number; readonly body: string };

type Row = { fingerprint: Uint8Array; status: number; body: Uint8Array };

/** Answers kept beside their effects, so that a repeat gets the same answer and has no second effect. */
export class AnswerBook {
  readonly #vault: Vault;
  readonly #now: () => bigint;

  constructor(vault: Vault, now: () => bigint) {
    this.#vault = vault;
    this.#now = now;
  }

  /** @throws idempotency/mismatch */
  async find(db: Database, accountId: string, given: IdempotencyKey): Promise<KeptAnswer | undefined> {
    const result = await db.execute(sql`
      select fingerprint, status, body from gateway_answers
      where account_id = ${accountId} and idempotency_key = ${given.key}`);
    const row = (result as unknown as { rows: Row[] }).rows[0];
    if (row === undefined) return undefined;
    requireSame(row.fingerprint, given);
    return { status: row.status, body: this.#vault.open(row.body, `${accountId}/${given.key}`) };
  }

  /**
   * In the transaction of the effect. A second request with the key waits for the first here, and then fails.
   * @throws idempotency/in-progress when another request with the key was faster: its answer can be found now.
   */
  async keep(tx: Database, accountId: string, given: IdempotencyKey, answer: KeptAnswer): Promise<void> {
    const sealed = this.#vault.seal(answer.body, `${accountId}/${given.key}`);
    const result = await tx.execute(sql`
      insert into gateway_answers (account_id, idempotency_key, fingerprint, status, body, created_at)
      values (${accountId}, ${given.key}, ${given.fingerprint}, ${answer.status}, ${sealed}, ${String(this.#now())}::numeric)
      on conflict do nothing returning status`);
    if ((result as unknown as { rows: unknown[] }).rows.length === 0)
      throw new ChronoError("idempotency/in-progress", { key: given.key }, { remedy: "ask again" });
  }
}
