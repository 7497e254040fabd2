import { NodeInfo, type NodeSet } from "@chronoledger/core";
import { type Clock, createHttpServer, type Database, type Logger, requestJson } from "@chronoledger/service";
import cors from "@fastify/cors";
import { createMetering } from "./accounts/metering.ts";
import { tiersByName } from "./accounts/tiers.ts";
import { startObserver } from "./compliance/observer.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayContext } from "./context.ts";
import { addRoutes } from "./http/add-routes.ts";
import { Authenticator } from "./http/authenticate.ts";
import { openApiOf } from "./http/open-api.ts";
import type { Vault } from "./http/vault.ts";
import { addPage } from "./page/add-page.ts";
import { routesOf } from "./routes.ts";
import { ScheduleDesk } from "./schedules/schedule-desk.ts";
import { startScheduleRunner } from "./schedules/schedule-runner.ts";
import { startArrivalClock } from "./stamps/arrival-clock.ts";
import { httpLeafCertifier } from "./stamps/leaf-certifier.ts";
import { StampPipeline } from "./stamps/pipeline.ts";
import { ScheduledStamper } from "./stamps/scheduled-stamper.ts";
import { StampStore } from "./stamps/stamp-store.ts";
import { openTsa } from "./tsa/open-tsa.ts";
import { type Dispatcher, startDispatcher } from "./webhooks/dispatcher.ts";
import { createOutbox } from "./webhooks/outbox.ts";

export type GatewayOptions = {
  readonly config: GatewayConfig;
  readonly db: Database;
  readonly databaseKind: "embedded" | "server";
  readonly clock: Clock;
  readonly log: Logger;
  readonly set: NodeSet;
  readonly vault: Vault;
  /** What the nodes accept. */
  readonly nodeToken: string;
  readonly operatorToken: string | undefined;
};

export type Gateway = { readonly port: number; readonly context: GatewayContext; stop(): Promise<void> };

/** Pages of any origin may ask: a key is sent on purpose, and there are no cookies that a page could misuse. */
const CROSS_ORIGIN = {
  origin: "*",
  methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  allowedHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"],
  exposedHeaders: ["ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed"],
  maxAge: 7_200,
};
const INFO_TIMEOUT_MS = 1_000;

/** Wires the parts over an open database, and serves. What was started before something failed is stopped. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.toReversed()) await each();
  };
  try {
    return { ...(await start(options, (each) => void stops.push(each))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: GatewayOptions,
  onStop: (stop: () => Promise<unknown>) => void,
): Promise<Omit<Gateway, "stop">> {
  const { config, db, clock, log } = options;
  const authenticator = new Authenticator({
    db,
    tiers: tiersByName,
    operatorToken: options.operatorToken,
    now: () => clock.utcNow(),
  });
  const { set } = options;
  const arrival = startArrivalClock({
    ...{ set, clock, log },
    ask: (node, signal) =>
      requestJson(`${config.GATEWAY_NODE_URLS[node]}/v1/info`, {
        schema: NodeInfo,
        token: options.nodeToken,
        timeoutMs: INFO_TIMEOUT_MS,
        signal,
        unreachable: "process/failed",
      }),
  });
  onStop(() => arrival.stop());
  const metering = createMetering({ clock, tiers: tiersByName });
  const traceable = config.GATEWAY_TRACEABLE_TO === "UTC(NIST)";
  const certifier = httpLeafCertifier(config.GATEWAY_AGGREGATOR_URL);
  const store = new StampStore(db, traceable);
  const stamper = new StampPipeline({
    ...{ db, set, clock, log, arrival, certifier, traceable },
    chargeMany: metering.chargeMany,
    refusalOf: metering.refusalOf,
    store,
  });
  onStop(() => stamper.stop());
  let dispatcher: Dispatcher | undefined;
  const outbox = createOutbox({ clock, onEnqueued: () => dispatcher?.wake() });
  const scheduledStamps = new ScheduledStamper({
    ...{ db, set, clock, log, arrival, outbox, store },
    appointer: certifier,
  });
  const context: GatewayContext = {
    ...options,
    tiers: tiersByName,
    authenticator,
    arrival,
    metering,
    stamper,
    outbox,
    scheduledStamps,
    schedules: new ScheduleDesk(),
  };
  const server = createHttpServer({
    log,
    name: "gateway",
    host: config.GATEWAY_HOST,
    port: config.GATEWAY_PORT,
    proxies: config.GATEWAY_PROXIES,
    notReady: () => (arrival.now() === undefined ? "too few nodes state a time" : undefined),
  });
  onStop(() => server.close());
  // What is wrong with its key or certificate is told before anything is served.
  await openTsa(context);
  await server.app.register(cors, CROSS_ORIGIN);
  const routes = routesOf(context);
  addRoutes(routes, { server, authenticator, clock });
  const document = openApiOf(routes, config.GATEWAY_PUBLIC_URL);
  server.app.get("/openapi.json", () => document);
  if (config.GATEWAY_PAGE_DIR !== undefined) addPage(server.app, config.GATEWAY_PAGE_DIR);
  const port = await server.listen();
  scheduledStamps.start(options.databaseKind === "embedded");
  onStop(() => scheduledStamps.stop());
  const observer = startObserver(context);
  onStop(() => observer.stop());
  const sender = startDispatcher(context);
  dispatcher = sender;
  onStop(() => sender.stop());
  const runner = startScheduleRunner(context);
  onStop(() => runner.stop());
  // Last, so that it is the first to go: nobody is let in any more.
  onStop(() => server.close());
  return { port, context };
}
