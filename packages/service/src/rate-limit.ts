import { ChronoError, NS_PER_S } from "@chronoledger/core";
import type { FastifyInstance } from "fastify";
import type { Clock } from "./clock.ts";

/** Addresses remembered; the one that was quiet for longest is forgotten first. */
const MAX_ADDRESSES = 10_000;

export type RateLimit = { readonly perSecond: number; readonly burst: number };

/** A bucket of tokens for each address: `burst` at once, `perSecond` refilled. */
export class RateLimiter {
  readonly #buckets = new Map<string, { tokens: number; at: bigint }>();
  readonly #clock: Pick<Clock, "monotonicNow">;
  readonly #limit: RateLimit;

  constructor(clock: Pick<Clock, "monotonicNow">, limit: RateLimit) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Whether one more request of this address may pass now. */
  take(address: string): boolean {
    const now = this.#clock.monotonicNow();
    const bucket = this.#buckets.get(address) ?? { tokens: this.#limit.burst, at: now };
    const refilled = bucket.tokens + (Number(now - bucket.at) / Number(NS_PER_S)) * this.#limit.perSecond;
    const tokens = Math.min(this.#limit.burst, refilled);
    this.#buckets.delete(address);
    this.#buckets.set(address, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > MAX_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    return tokens >= 1;
  }
}

/** Every route under /v1 answers rate/limited to an address that asks too often. */
export function limitRate(app: FastifyInstance, clock: Pick<Clock, "monotonicNow">, limit: RateLimit): void {
  const limiter = new RateLimiter(clock, limit);
  app.addHook("onRequest", async (request) => {
    if (request.url.startsWith("/v1/") && !limiter.take(request.ip))
      throw new ChronoError("rate/limited", { perSecond: limit.perSecond });
  });
}
