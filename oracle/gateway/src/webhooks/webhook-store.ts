import { ChronoError } from "@chronoledger/core";
import type { Delivery, PageQuery, Webhook, WebhookEvent } from "@chronoledger/core/gateway";
import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import { pageOfRows } from "../http/page-cursor.ts";
import { afterCursor, numeric, rowsOf } from "../store/rows-of.ts";

type WebhookRow = {
  id: string;
  url: string;
  events: WebhookEvent[];
  description: string | null;
  enabled: boolean;
  created_at: string;
};
type AttemptRow = { timeUtcNs: string; status: number | null; error: string | null; tookMs: number };
type DeliveryRow = {
  id: string;
  event: WebhookEvent;
  state: Delivery["state"];
  attempts: AttemptRow[];
  next_attempt_at: string | null;
  created_at: string;
  payload: unknown;
};
type Page<Item> = { readonly items: Item[]; readonly next: string | null };

const WEBHOOK = sql`id, url, events, description, enabled, created_at::text`;
const DELIVERY = sql`d.id, d.event, d.state, d.attempts, d.next_attempt_at::text, d.created_at::text, d.payload`;

export const webhookOf = (row: WebhookRow): Webhook => ({ ...row, createdUtcNs: BigInt(row.created_at) });

const deliveryOf = (row: DeliveryRow): Delivery => ({
  id: row.id,
  event: row.event,
  state: row.state,
  attempts: row.attempts.map((attempt) => ({ ...attempt, timeUtcNs: BigInt(attempt.timeUtcNs) })),
  nextAttemptUtcNs: row.next_attempt_at === null ? null : BigInt(row.next_attempt_at),
  createdUtcNs: BigInt(row.created_at),
  payload: row.payload,
});

const positionOf = ({ created_at, id }: { created_at: string; id: string }) => ({ at: BigInt(created_at), id });

/** @throws input/not-found for another account's as for none */
export async function findWebhook(db: Database, accountId: string, id: string): Promise<Webhook> {
  const [row] = await rowsOf<WebhookRow>(
    db,
    sql`select ${WEBHOOK} from gateway_webhooks where id = ${id} and account_id = ${accountId}`,
  );
  if (row === undefined) throw new ChronoError("input/not-found", { webhook: id });
  return webhookOf(row);
}

export async function listWebhooks(
  db: Database,
  accountId: string,
  { cursor, limit }: PageQuery,
): Promise<Page<Webhook>> {
  const rows = await rowsOf<WebhookRow>(
    db,
    sql`select ${WEBHOOK} from gateway_webhooks
      where account_id = ${accountId} and ${afterCursor(cursor, sql`created_at`, sql`id`)}
      order by created_at desc, id desc limit ${limit + 1}`,
  );
  return pageOfRows(rows, limit, webhookOf, positionOf);
}

export async function listDeliveries(
  db: Database,
  webhookId: string,
  { cursor, limit }: PageQuery,
): Promise<Page<Delivery>> {
  const rows = await rowsOf<DeliveryRow>(
    db,
    sql`select ${DELIVERY} from gateway_deliveries d
      where d.webhook_id = ${webhookId} and ${afterCursor(cursor, sql`d.created_at`, sql`d.id`)}
      order by d.created_at desc, d.id desc limit ${limit + 1}`,
  );
  return pageOfRows(rows, limit, deliveryOf, positionOf);
}

/** Due at once, and once more if it was delivered or given up. @throws input/not-found */
export async function retryDelivery(db: Database, webhookId: string, id: string, now: bigint): Promise<Delivery> {
  const [row] = await rowsOf<DeliveryRow>(
    db,
    sql`update gateway_deliveries d set state = 'pending', next_attempt_at = ${numeric(now)}
      where d.id = ${id} and d.webhook_id = ${webhookId} returning ${DELIVERY}`,
  );
  if (row === undefined) throw new ChronoError("input/not-found", { delivery: id });
  return deliveryOf(row);
}
