import {
  Account,
  type ApiKey,
  ApiKeyPage,
  CreateKey,
  CreateWebhook,
  IssuedKey,
  IssuedWebhook,
  Usage,
  WebhookPage,
} from "@chronoledger/core/gateway";
import * as z from "zod";
import type { Transport } from "./transport.ts";

/** What the key's own account is and used; scope "account". */
export class AccountClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(): Promise<Account> {
    return this.#transport.json("/v1/account", Account);
  }
  /** @param month YYYY-MM in UTC; the current one when absent. */
  usage(month?: string): Promise<Usage> {
    return this.#transport.json(`/v1/usage${month === undefined ? "" : `?month=${encodeURIComponent(month)}`}`, Usage);
  }
  /** Newest first, the first hundred. */
  async keys(): Promise<readonly ApiKey[]> {
    return (await this.#transport.json("/v1/keys", ApiKeyPage)).items;
  }
  /** `secret` is told this once. */
  createKey(key: z.output<typeof CreateKey>): Promise<z.output<typeof IssuedKey>> {
    return this.#transport.json("/v1/keys", IssuedKey, { body: z.encode(CreateKey, key) });
  }
  revokeKey(id: string): Promise<unknown> {
    return this.#transport.bytes(`/v1/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
  }
  /** `secret` is told this once: it checks the signature of each message (www.standardwebhooks.com). */
  createWebhook(webhook: z.output<typeof CreateWebhook>): Promise<z.output<typeof IssuedWebhook>> {
    return this.#transport.json("/v1/webhooks", IssuedWebhook, { body: z.encode(CreateWebhook, webhook) });
  }
  async webhooks(): Promise<z.output<typeof WebhookPage>["items"]> {
    return (await this.#transport.json("/v1/webhooks", WebhookPage)).items;
  }
  deleteWebhook(id: string): Promise<unknown> {
    return this.#transport.bytes(`/v1/webhooks/${encodeURIComponent(id)}`, { method: "DELETE" });
  }
}
