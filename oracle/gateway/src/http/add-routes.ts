import { ChronoError, isChronoError } from "@chronoledger/core";
import { type Clock, type HttpServer, parseInput, RateLimiter } from "@chronoledger/service";
import type { FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import type { Authenticator, Caller } from "./authenticate.ts";
import { monthQuotaOf, noteMonthQuota, tellMonthQuota } from "./month-quota.ts";
import type { Route } from "./route.ts";

/** Addresses without a key: verification, sign-up, and guesses at keys. */
const ANONYMOUS = { perSecond: 50, burst: 200 };
const JSON_BYTES = 64 * 1024;

export type RouteOptions = {
  readonly server: HttpServer;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
};

/** Makes Fastify serve the routes: limits first, then who calls, then what they say. */
export function addRoutes(routes: readonly Route[], { server, authenticator, clock }: RouteOptions): void {
  const anonymous = new RateLimiter(clock, ANONYMOUS);
  server.app.decorateRequest("caller", undefined);
  const limiters = new Map<string, RateLimiter>();
  const limiterOf = ({ tier }: Caller) => {
    const known =
      limiters.get(tier.name) ?? new RateLimiter(clock, { perSecond: tier.requestsPerSecond, burst: tier.burst });
    limiters.set(tier.name, known);
    return known;
  };
  for (const mediaType of new Set(
    routes.flatMap((each) => (each.rawBody === undefined ? [] : [each.rawBody.mediaType])),
  ))
    server.app.addContentTypeParser(mediaType, { parseAs: "buffer" }, (_, body, done) => done(null, body));

  for (const each of routes)
    server.app.route({
      method: each.method,
      url: each.path,
      bodyLimit: each.rawBody?.maxBytes ?? each.maxBytes ?? JSON_BYTES,
      config: { route: each },
      onRequest: async (request, reply) => {
        if (each.access === "public" || each.access === "operator") take(anonymous, request.ip, ANONYMOUS, reply);
        try {
          request.caller = await authenticator.authorise(request, each.access, each.idempotency === "own");
        } catch (error) {
          // Whoever guesses keys is held up; whoever has one is not limited by the address.
          if (isChronoError(error) && error.code === "auth/refused" && each.access !== "operator")
            take(anonymous, request.ip, ANONYMOUS, reply);
          throw error;
        }
        const { caller } = request;
        if (caller !== undefined)
          take(
            limiterOf(caller),
            caller.accountId,
            { perSecond: caller.tier.requestsPerSecond, burst: caller.tier.burst },
            reply,
          );
      },
      // Runs for refusals too.
      onSend: (request, reply, payload, done) => {
        const quota = request.caller === undefined ? undefined : monthQuotaOf(request.caller);
        if (quota !== undefined) tellMonthQuota(reply, quota, clock.utcNow());
        done(null, payload);
      },
      handler: async (request, reply) => {
        try {
          return await handle(each, request, reply);
        } catch (error) {
          if (request.caller !== undefined) noteRefusal(request.caller, error);
          throw error;
        }
      },
    });
}

/** Requests that were joined to another are told what that one's charge met. */
function noteRefusal(caller: Caller, error: unknown): void {
  if (!isChronoError(error) || error.code !== "quota/exceeded") return;
  const { used, included } = error.details;
  if (typeof used === "number" && typeof included === "number") noteMonthQuota(caller, { used, included });
}

async function handle(each: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const input = {
    params: each.params === undefined ? undefined : parseInput(each.params, request.params),
    query: each.query === undefined ? undefined : parseInput(each.query, request.query),
    body: each.body === undefined ? undefined : parseInput(each.body, request.body ?? {}),
    caller: request.caller,
    request,
    reply,
  };
  const value = await each.handle(input as never);
  if (reply.sent) return reply;
  reply.code(each.status ?? 200);
  if (value === undefined) return reply.send();
  return each.answer === undefined ? value : z.encode(each.answer, value as never);
}

/** @throws rate/limited, with the headers of draft-ietf-httpapi-ratelimit-headers */
function take(
  limiter: RateLimiter,
  who: string,
  limit: { perSecond: number; burst: number },
  reply: FastifyReply,
): void {
  if (limiter.take(who)) return;
  const window = Math.max(1, Math.ceil(limit.burst / limit.perSecond));
  reply.header("Retry-After", "1");
  reply.header("RateLimit-Policy", `"burst";q=${limit.burst};w=${window}`);
  reply.header("RateLimit", `"burst";r=0;t=1`);
  throw new ChronoError(
    "rate/limited",
    { perSecond: limit.perSecond, burst: limit.burst },
    { remedy: "wait a second" },
  );
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}
