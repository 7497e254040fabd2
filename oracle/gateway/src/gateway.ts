import type { NodeSet } from "@chronoledger/core";
import { type Clock, createHttpServer, type Database, type Logger } from "@chronoledger/service";
import { tiersByName } from "./accounts/tiers.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayContext } from "./context.ts";
import { addRoutes } from "./http/add-routes.ts";
import { Authenticator } from "./http/authenticate.ts";
import { openApiOf } from "./http/open-api.ts";
import type { Vault } from "./http/vault.ts";
import { routesOf } from "./routes.ts";

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

const later = (what: string) =>
  new Proxy({} as never, {
    get: () => {
      throw new Error(`${what} is not there yet`);
    },
  });

/** Wires the parts over an open database, and serves. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, db, clock, log } = options;
  const authenticator = new Authenticator({
    db,
    tiers: tiersByName,
    operatorToken: options.operatorToken,
    now: () => clock.utcNow(),
  });
  const context: GatewayContext = {
    ...options,
    tiers: tiersByName,
    authenticator,
    arrival: later("arrival"),
    metering: later("metering"),
    stamper: later("stamper"),
    outbox: later("outbox"),
  };
  const server = createHttpServer({
    log,
    name: "gateway",
    host: config.GATEWAY_HOST,
    port: config.GATEWAY_PORT,
    notReady: () => undefined,
  });
  const routes = routesOf(context);
  addRoutes(routes, { server, authenticator, clock });
  const document = openApiOf(routes, config.GATEWAY_PUBLIC_URL);
  server.app.get("/openapi.json", () => document);
  const port = await server.listen();
  return { port, context, stop: () => server.close() };
}
