import { ChronoError } from "@chronoledger/core";
import {
  ChangeWebhook,
  CreateWebhook,
  Delivery,
  DeliveryId,
  DeliveryPage,
  IssuedWebhook,
  PageQuery,
  Webhook,
  WebhookId,
  WebhookPage,
} from "@chronoledger/core/gateway";
import { sql } from "drizzle-orm";
import * as z from "zod";
import { requireCaller } from "../accounts/require-caller.ts";
import type { GatewayContext } from "../context.ts";
import { AnswerBook } from "../http/idempotency.ts";
import { newId } from "../http/new-id.ts";
import { type Route, route } from "../http/route.ts";
import { runEffect } from "../http/run-effect.ts";
import { rowsOf } from "../store/rows-of.ts";
import { signingSecret } from "./message-signature.ts";
import { parseTarget } from "./target-guard.ts";
import { findWebhook, listDeliveries, listWebhooks, retryDelivery, webhookOf } from "./webhook-store.ts";

/** Of one account. */
const MAX_WEBHOOKS = 20;

const Params = z.object({ id: WebhookId });
const DeliveryParams = z.object({ id: WebhookId, delivery: DeliveryId });
const shape = { tag: "webhooks", access: { scope: "account" } } as const;

/** Where an account wants to be told of what happened to its schedules, stamps and rules. */
export function webhookRoutes(context: GatewayContext): Route[] {
  const { db, clock, vault, config } = context;
  const policy = { allowPrivate: config.GATEWAY_PRIVATE_TARGETS };
  const effectOf = (accountId: string) => ({
    db,
    accountId,
    answers: new AnswerBook(vault, () => clock.utcNow()),
  });
  const now = (): string => String(clock.utcNow());

  return [
    route({
      ...shape,
      method: "POST",
      path: "/v1/webhooks",
      operationId: "createWebhook",
      summary: "A new webhook, with the secret that signs its messages",
      body: CreateWebhook,
      status: 201,
      answer: IssuedWebhook,
      errors: ["target/refused"],
      async handle({ body, caller, request, reply }) {
        const accountId = requireCaller(caller).accountId;
        // Names are resolved when a message is sent, again each time: here only what cannot become right.
        parseTarget(body.url, policy);
        await runEffect({ ...effectOf(accountId), request, reply, status: 201, answer: IssuedWebhook }, async (tx) => {
          // One account's creations stand in a queue, so that the limit is exact.
          await tx.execute(sql`select id from gateway_accounts where id = ${accountId} for update`);
          const [held] = await rowsOf<{ n: number }>(
            tx,
            sql`select count(*)::int as n from gateway_webhooks where account_id = ${accountId}`,
          );
          if ((held?.n ?? 0) >= MAX_WEBHOOKS)
            throw new ChronoError(
              "input/out-of-range",
              { webhooks: MAX_WEBHOOKS },
              { remedy: "an account has at most so many; delete one first" },
            );
          const webhook = {
            id: newId("wh"),
            url: body.url,
            events: [...new Set(body.events)],
            description: body.description ?? null,
            enabled: true,
            createdUtcNs: clock.utcNow() as bigint,
          };
          await tx.execute(sql`
            insert into gateway_webhooks (id, account_id, url, events, description, created_at)
            values (${webhook.id}, ${accountId}, ${webhook.url}, ${textArray(webhook.events)}, ${webhook.description},
              ${String(webhook.createdUtcNs)}::numeric)`);
          return { webhook, secret: signingSecret(vault, "webhook", webhook.id, 1) };
        });
        return undefined;
      },
    }),
    route({
      ...shape,
      method: "GET",
      path: "/v1/webhooks",
      operationId: "listWebhooks",
      summary: "The account's webhooks, newest first",
      query: PageQuery,
      answer: WebhookPage,
      handle: ({ caller, query }) => listWebhooks(db, requireCaller(caller).accountId, query),
    }),
    route({
      ...shape,
      method: "GET",
      path: "/v1/webhooks/:id",
      operationId: "getWebhook",
      summary: "One webhook",
      params: Params,
      answer: Webhook,
      handle: ({ caller, params }) => findWebhook(db, requireCaller(caller).accountId, params.id),
    }),
    route({
      ...shape,
      method: "PATCH",
      path: "/v1/webhooks/:id",
      operationId: "changeWebhook",
      summary: "Changes a webhook, or enables it again",
      params: Params,
      body: ChangeWebhook,
      answer: Webhook,
      errors: ["target/refused"],
      async handle({ caller, params, body }) {
        if (body.url !== undefined) parseTarget(body.url, policy);
        const { enabled, url, events, description } = body;
        const [row] = await rowsOf<Parameters<typeof webhookOf>[0]>(
          db,
          sql`update gateway_webhooks set
              url = coalesce(${url ?? null}, url),
              events = ${events === undefined ? sql`events` : textArray([...new Set(events)])},
              description = ${description === undefined ? sql`description` : description},
              enabled = coalesce(${enabled ?? null}, enabled),
              failing_since = case when ${enabled === true} then null else failing_since end
            where id = ${params.id} and account_id = ${requireCaller(caller).accountId}
            returning id, url, events, description, enabled, created_at::text`,
        );
        if (row === undefined) throw new ChronoError("input/not-found", { webhook: params.id });
        return webhookOf(row);
      },
    }),
    route({
      ...shape,
      method: "DELETE",
      path: "/v1/webhooks/:id",
      operationId: "deleteWebhook",
      summary: "Ends a webhook and removes its log of deliveries",
      params: Params,
      status: 204,
      async handle({ caller, params }) {
        const { id } = await findWebhook(db, requireCaller(caller).accountId, params.id);
        await db.execute(sql`delete from gateway_webhooks where id = ${id}`);
        return undefined;
      },
    }),
    route({
      ...shape,
      method: "POST",
      path: "/v1/webhooks/:id/rotate",
      operationId: "rotateWebhookSecret",
      summary: "A new secret; the former one signs as well for 24 hours",
      params: Params,
      status: 201,
      answer: IssuedWebhook,
      async handle({ caller, params, request, reply }) {
        const accountId = requireCaller(caller).accountId;
        await runEffect({ ...effectOf(accountId), request, reply, status: 201, answer: IssuedWebhook }, async (tx) => {
          const webhook = await findWebhook(tx, accountId, params.id);
          const [row] = await rowsOf<{ secret_version: number }>(
            tx,
            sql`update gateway_webhooks set secret_version = secret_version + 1, rotated_at = ${now()}::numeric
              where id = ${webhook.id} returning secret_version`,
          );
          return { webhook, secret: signingSecret(vault, "webhook", webhook.id, row?.secret_version ?? 1) };
        });
        return undefined;
      },
    }),
    route({
      ...shape,
      method: "GET",
      path: "/v1/webhooks/:id/deliveries",
      operationId: "listDeliveries",
      summary: "What was sent to a webhook, newest first, with each attempt",
      params: Params,
      query: PageQuery,
      answer: DeliveryPage,
      async handle({ caller, params, query }) {
        const { id } = await findWebhook(db, requireCaller(caller).accountId, params.id);
        return listDeliveries(db, id, query);
      },
    }),
    route({
      ...shape,
      method: "POST",
      path: "/v1/webhooks/:id/deliveries/:delivery/retry",
      operationId: "retryDelivery",
      summary: "Sends a delivery once more, now",
      params: DeliveryParams,
      status: 202,
      answer: Delivery,
      async handle({ caller, params, request, reply }) {
        const accountId = requireCaller(caller).accountId;
        await runEffect({ ...effectOf(accountId), request, reply, status: 202, answer: Delivery }, async (tx) => {
          const { id } = await findWebhook(tx, accountId, params.id);
          return retryDelivery(tx, id, params.delivery, clock.utcNow());
        });
        return undefined;
      },
    }),
  ];
}

const textArray = (values: readonly string[]) =>
  sql`array[${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )}]::text[]`;
