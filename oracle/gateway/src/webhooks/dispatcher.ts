import { randomUUID } from "node:crypto";
import { isChronoError, NS_PER_MS, NS_PER_S, type UnixNs } from "@chronoledger/core";
import { WakeableTimer } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { GatewayContext } from "../context.ts";
import { type Delivery, DeliveryStore } from "./delivery-store.ts";
import { openPost, type PostOutcome } from "./guarded-post.ts";
import { signatureHeaders, signingSecrets } from "./message-signature.ts";
import { parseTarget, resolveTarget, type TargetPolicy } from "./target-guard.ts";

const TIMEOUT_MS = 15_000;
/** Longer than an attempt can take; after it another gateway takes the delivery up. */
const LEASE_NS = 60n * NS_PER_S;
const MAX_IN_FLIGHT = 64;
const POLL_MS = 1_000;
/** What was enqueued is visible once its transaction has committed. */
const AFTER_ENQUEUE_MS = 20;

export type DispatcherContext = Pick<GatewayContext, "db" | "databaseKind" | "clock" | "log" | "vault"> & {
  readonly config: Pick<GatewayContext["config"], "GATEWAY_PRIVATE_TARGETS">;
};
export type DispatcherOptions = { readonly pollMs?: number; readonly resolve?: TargetPolicy["resolve"] };
export type Dispatcher = {
  /** Something was enqueued. */
  wake(): void;
  /** Ends attempts under way; they are made again by whoever dispatches next. */
  stop(): Promise<void>;
};

/**
 * Sends what the outbox holds, at least once each, in no particular order: a message that failed does not hold up later ones. The
 * delivery's id is the message's id in every attempt.
 */
export function startDispatcher(context: DispatcherContext, options: DispatcherOptions = {}): Dispatcher {
  const { db, clock, log, vault, config } = context;
  const policy: TargetPolicy = {
    allowPrivate: config.GATEWAY_PRIVATE_TARGETS,
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
  };
  const store = new DeliveryStore(db, randomUUID());
  const timer = new WakeableTimer();
  const stopping = new AbortController();
  const { signal } = stopping;
  const inFlight = new Map<string, Promise<void>>();
  let woken = false;
  let failing = false;

  const wake = (): void => {
    woken = true;
    timer.wake();
  };

  async function attempt(delivery: Delivery): Promise<PostOutcome> {
    const now = clock.utcNow();
    const start = clock.monotonicNow();
    try {
      const target = await resolveTarget(parseTarget(delivery.url, policy), policy);
      const body = Buffer.from(delivery.payload);
      const secrets = signingSecrets(
        vault,
        "webhook",
        { id: delivery.webhookId, version: delivery.secretVersion, rotatedAt: delivery.rotatedAt },
        now,
      );
      const headers = {
        "content-type": "application/json",
        ...signatureHeaders(secrets, { id: delivery.id, timestampS: now / NS_PER_S, body }),
      };
      return await openPost({ target, headers, body, timeoutMs: TIMEOUT_MS, clock, signal }).send();
    } catch (error) {
      if (!isChronoError(error)) throw error;
      const tookMs = Number(clock.monotonicNow() - start) / Number(NS_PER_MS);
      return { status: null, error: error.message, sentAt: null, tookMs };
    }
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const startedAt: UnixNs = clock.utcNow();
    try {
      const outcome = await attempt(delivery);
      if (signal.aborted) return;
      const disabled = await store.record(delivery, outcome, startedAt, clock.utcNow());
      if (disabled) log.warn({ webhook: delivery.webhookId }, "a webhook was disabled: it took nothing for too long");
    } catch (error) {
      log.warn(
        { err: error, delivery: delivery.id },
        "an attempt of a delivery was not recorded; it will be made again",
      );
    } finally {
      inFlight.delete(delivery.id);
      if (!signal.aborted) wake();
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      woken = false;
      let sleepMs = options.pollMs ?? POLL_MS;
      try {
        const now = clock.utcNow();
        for (const delivery of await store.claim(now, now + LEASE_NS, MAX_IN_FLIGHT - inFlight.size))
          inFlight.set(delivery.id, deliver(delivery));
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error }, "deliveries cannot be read; trying again");
        failing = true;
        woken = false;
        sleepMs = POLL_MS;
      }
      if (!woken && !signal.aborted) await timer.sleep(sleepMs);
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  // Nobody shares an embedded database: whoever has leases there is gone.
  const running = (
    context.databaseKind === "embedded"
      ? db.execute(sql`update gateway_deliveries set lease_until = 0 where state = 'pending'`)
      : Promise.resolve()
  ).then(run, run);
  return {
    wake: () => void setTimeout(wake, AFTER_ENQUEUE_MS).unref(),
    async stop() {
      stopping.abort();
      timer.wake();
      await running;
      await Promise.all(inFlight.values());
      await store.release().catch((error) => log.warn({ err: error }, "leases were not given back"));
    },
  };
}
