import { timingSafeEqual } from "node:crypto";
import { ChronoError, httpStatusOf, isChronoError, type Problem } from "@chronoledger/core";
import Fastify, { type FastifyInstance } from "fastify";
import { collectDefaultMetrics, Registry } from "prom-client";
import * as z from "zod";
import { databaseErrorOf } from "./database-error.ts";
import type { Logger } from "./log.ts";

const BODY_LIMIT_BYTES = 64 * 1024;

export type HttpServerOptions = {
  readonly log: Logger;
  readonly name: string;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Why the service is not ready, or undefined when it is. */
  readonly notReady: () => string | undefined;
  /** When set, every route under /v1 but those marked public needs `Authorization: Bearer`. */
  readonly token?: string;
  /** How many proxies stand before it: the address of a client is then taken from X-Forwarded-For. 0 unless told. */
  readonly proxies?: number;
};

export type HttpServer = {
  readonly app: FastifyInstance;
  readonly metrics: Registry;
  /** @returns the port. @throws process/port-in-use */
  listen(): Promise<number>;
  close(): Promise<void>;
};

/** Fastify with what every service has: problem documents, /healthz, /readyz, /metrics, limits, bearer tokens. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    trustProxy: (_, hop) => hop < (options.proxies ?? 0),
    logger: false,
  });
  const metrics = new Registry();
  metrics.setDefaultLabels({ service: options.name });
  collectDefaultMetrics({ register: metrics });

  app.setErrorHandler((error, request, reply) => {
    const known = translate(error, request.routeOptions.bodyLimit ?? BODY_LIMIT_BYTES);
    if (httpStatusOf(known.code) >= 500)
      options.log.warn({ code: known.code, path: request.url, err: known.cause ?? known }, known.message);
    if (httpStatusOf(known.code) === 401) reply.header("WWW-Authenticate", "Bearer");
    return reply.code(httpStatusOf(known.code)).type("application/problem+json").send(problemOf(known, request.id));
  });
  app.setNotFoundHandler((request) => {
    throw new ChronoError("input/not-found", { path: request.url.split("?")[0] ?? "", method: request.method });
  });
  app.addHook("onRequest", async (request) => {
    const open =
      (request.routeOptions.config as { public?: boolean }).public === true || !request.url.startsWith("/v1/");
    if (options.token !== undefined && !open && !sameToken(request.headers.authorization, options.token))
      throw new ChronoError("auth/refused", {}, { remedy: "send Authorization: Bearer with this service's token" });
  });
  app.get("/healthz", () => ({ status: "alive" }));
  app.get("/readyz", (_, reply) => {
    const reason = options.notReady();
    return reply
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: "ready" } : { status: "not-ready", reason });
  });
  app.get("/metrics", async (_, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));

  return {
    app,
    metrics,
    async listen() {
      try {
        await app.listen({ host: options.host, port: options.port });
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE")
          throw new ChronoError(
            "process/port-in-use",
            { port: options.port, host: options.host },
            { cause, remedy: "stop what uses it or choose another port" },
          );
        throw cause;
      }
      const address = app.server.address();
      return typeof address === "object" && address !== null ? address.port : options.port;
    },
    close: () => app.close(),
  };
}

/** Parses untrusted input at the edge. @throws input/malformed with what is wrong where. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ChronoError("input/malformed", { reason: z.prettifyError(parsed.error) });
}

function translate(error: unknown, limitBytes: number): ChronoError {
  if (isChronoError(error)) return error;
  const ofDatabase = databaseErrorOf(error);
  if (ofDatabase !== undefined) return ofDatabase;
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 413) return new ChronoError("input/too-large", { limitBytes });
  if (status !== undefined && status >= 400 && status < 500)
    return new ChronoError("input/malformed", { reason: (error as Error).message });
  return new ChronoError("internal/unexpected", {}, { cause: error });
}

/** Inner messages of unknown errors stay inside. */
const problemOf = (error: ChronoError, requestId: string): Problem => ({
  code: error.code,
  title: error.code === "internal/unexpected" ? "unexpected error" : error.message,
  status: httpStatusOf(error.code),
  details: Object.fromEntries(
    Object.entries(error.details).filter(
      (entry): entry is [string, string | number | boolean] => entry[1] !== undefined,
    ),
  ),
  requestId,
});

function sameToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
