import { toIso8601 } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { Outbox } from "../context.ts";
import { newId } from "../http/new-id.ts";

export type OutboxParts = {
  readonly clock: Pick<Clock, "utcNow">;
  /** Told inside the transaction, before the commit. */
  readonly onEnqueued?: () => void;
};

/** One delivery for each enabled webhook of the account that wants the event: written with what it tells about, sent later. */
export const createOutbox = ({ clock, onEnqueued }: OutboxParts): Outbox => ({
  async enqueue(tx, accountId, event, data) {
    const found = await tx.execute(sql`
      select id from gateway_webhooks
      where account_id = ${accountId} and enabled and ${event} = any(events) order by id`);
    const { rows } = found as unknown as { rows: { id: string }[] };
    if (rows.length === 0) return;
    const now = clock.utcNow();
    const payload = JSON.stringify({ type: event, timestamp: toIso8601(now), data });
    for (const { id } of rows)
      await tx.execute(sql`
        insert into gateway_deliveries (id, webhook_id, event, payload, state, next_attempt_at, created_at)
        values (${newId("wd")}, ${id}, ${event}, ${payload}::jsonb, 'pending', ${String(now)}::numeric, ${String(now)}::numeric)`);
    onEnqueued?.();
  },
});
