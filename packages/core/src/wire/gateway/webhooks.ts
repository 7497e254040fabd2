import * as z from "zod";
import { U64 } from "../json.ts";
import { idOf, PlainText, pageOf } from "./page.ts";

export const WEBHOOK_EVENTS = [
  "schedule.executed",
  "schedule.failed",
  "schedule.expired",
  "schedule.cancelled",
  "stamp.scheduled",
  "compliance.alert",
] as const;
export const WebhookEvent = z.enum(WEBHOOK_EVENTS);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

export const WebhookId = idOf("wh");
export const DeliveryId = idOf("wd");

/**
 * POST /v1/webhooks. Messages are signed as www.standardwebhooks.com says. Each is sent at least once, in no particular order, and has
 * the same `webhook-id` however often it is sent; one that was not taken is sent again for three days. A webhook that took nothing for
 * five days, or answered 410, is disabled.
 */
export const CreateWebhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  events: z.array(WebhookEvent).min(1).max(WEBHOOK_EVENTS.length),
  description: PlainText(200).optional(),
});
/** PATCH /v1/webhooks/ID. While it is disabled its deliveries wait; those that come up meanwhile are not made. */
export const ChangeWebhook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional(),
  events: z.array(WebhookEvent).min(1).max(WEBHOOK_EVENTS.length).optional(),
  description: PlainText(200).nullable().optional(),
  enabled: z.boolean().optional(),
});
export const Webhook = z.object({
  id: WebhookId,
  url: z.string(),
  events: z.array(WebhookEvent),
  description: z.string().nullable(),
  enabled: z.boolean(),
  createdUtcNs: U64,
});
export type Webhook = z.infer<typeof Webhook>;
export const WebhookPage = pageOf(Webhook);
/** `secret` begins with `whsec_` and is told when made or rotated; it is derived, not stored. */
export const IssuedWebhook = z.object({ webhook: Webhook, secret: z.string() });

export const Delivery = z.object({
  id: DeliveryId,
  event: WebhookEvent,
  state: z.enum(["pending", "delivered", "given-up"]),
  attempts: z.array(
    z.object({ timeUtcNs: U64, status: z.int().nullable(), error: z.string().nullable(), tookMs: z.number() }),
  ),
  nextAttemptUtcNs: U64.nullable(),
  createdUtcNs: U64,
  payload: z.unknown(),
});
export type Delivery = z.infer<typeof Delivery>;
export const DeliveryPage = pageOf(Delivery);
