import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { PostOutcome } from "./guarded-post.ts";
import { DISABLE_AFTER_NS, MAX_LOGGED_ATTEMPTS, nextAttempt } from "./retry-plan.ts";

/** Attempts at once for one webhook: one that is slow does not hold up the others. */
const MAX_OF_ONE = 8;
const GONE = 410;

export type Delivery = {
  readonly id: string;
  readonly webhookId: string;
  readonly url: string;
  /** The body's text, the same in each attempt. */
  readonly payload: string;
  readonly attempts: number;
  readonly secretVersion: number;
  readonly rotatedAt: bigint | null;
};

type Row = {
  id: string;
  webhook_id: string;
  url: string;
  payload: string;
  attempts: number;
  secret_version: number;
  rotated_at: string | null;
};

/** Deliveries of one database, which several gateways may share: whoever claims one has it until the lease ends. */
export class DeliveryStore {
  readonly #db: Database;
  readonly #owner: string;

  constructor(db: Database, owner: string) {
    this.#db = db;
    this.#owner = owner;
  }

  async claim(now: bigint, until: bigint, most: number): Promise<Delivery[]> {
    if (most <= 0) return [];
    const at = sql`${String(now)}::numeric`;
    // The lease is looked at once more when the row is locked: of two gateways that found it, one gets it.
    const result = await this.#db.execute(sql`
      update gateway_deliveries d set lease_owner = ${this.#owner}, lease_until = ${String(until)}::numeric
      from gateway_webhooks w
      where w.id = d.webhook_id and w.enabled and d.state = 'pending' and (d.lease_until is null or d.lease_until < ${at})
        and d.id in (
          select id from (
            select p.id, p.lease_until, row_number() over (
              partition by p.webhook_id order by p.lease_until is null, p.next_attempt_at, p.id) as place
            from gateway_deliveries p join gateway_webhooks v on v.id = p.webhook_id and v.enabled
            where p.state = 'pending' and p.next_attempt_at <= ${at}
          ) ranked where place <= ${MAX_OF_ONE} and (lease_until is null or lease_until < ${at}) limit ${most})
      returning d.id, d.webhook_id, w.url, d.payload::text, jsonb_array_length(d.attempts) as attempts,
        w.secret_version, w.rotated_at::text`);
    return (result as unknown as { rows: Row[] }).rows.map((row) => ({
      id: row.id,
      webhookId: row.webhook_id,
      url: row.url,
      payload: row.payload,
      attempts: row.attempts,
      secretVersion: row.secret_version,
      rotatedAt: row.rotated_at === null ? null : BigInt(row.rotated_at),
    }));
  }

  /** At the end: the next gateway need not wait. */
  async release(): Promise<void> {
    await this.#db.execute(
      sql`update gateway_deliveries set lease_owner = null, lease_until = null where lease_owner = ${this.#owner} and state = 'pending'`,
    );
  }

  /** @returns whether the webhook was disabled for it. */
  async record(delivery: Delivery, outcome: PostOutcome, startedAt: bigint, now: bigint): Promise<boolean> {
    const { status, error, tookMs } = outcome;
    const delivered = status !== null && status >= 200 && status < 300;
    const next = delivered ? undefined : nextAttempt(delivery.attempts + 1, now);
    const state = delivered ? "delivered" : next === undefined ? "given-up" : "pending";
    const entry = JSON.stringify([{ timeUtcNs: String(startedAt), status, error, tookMs }]);
    const nextText = next === undefined ? null : String(next);
    return this.#db.transaction(async (tx) => {
      const kept = await tx.execute(sql`
        update gateway_deliveries set state = ${state}, next_attempt_at = ${nextText}::numeric, lease_owner = null, lease_until = null,
          attempts = case when jsonb_array_length(attempts) < ${MAX_LOGGED_ATTEMPTS} then attempts else attempts - 0 end || ${entry}::jsonb
        where id = ${delivery.id} and lease_owner = ${this.#owner} returning id`);
      if ((kept as unknown as { rows: unknown[] }).rows.length === 0) return false;
      if (delivered) {
        await tx.execute(sql`
          update gateway_webhooks set failing_since = null where id = ${delivery.webhookId} and failing_since is not null`);
        return false;
      }
      const disabled = await tx.execute(sql`
        update gateway_webhooks set failing_since = coalesce(failing_since, ${String(now)}::numeric),
          enabled = ${status !== GONE} and coalesce(failing_since, ${String(now)}::numeric) > ${String(now - DISABLE_AFTER_NS)}::numeric
        where id = ${delivery.webhookId} and enabled returning enabled`);
      if ((disabled as unknown as { rows: { enabled: boolean }[] }).rows[0]?.enabled !== false) return false;
      await tx.execute(sql`
        update gateway_deliveries set state = 'given-up', next_attempt_at = null
        where webhook_id = ${delivery.webhookId} and state = 'pending'`);
      return true;
    });
  }
}
