import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ChronoError, durationNs, toTai, type UnixNs } from "@chronoledger/core";
import type { Stamp } from "@chronoledger/core/gateway";
import {
  type Clock,
  createHttpServer,
  createLogger,
  createSystemClock,
  type Database,
  type OpenDatabase,
  openDatabase,
} from "@chronoledger/service";
import { txmMigrations } from "@chronoledger/txm";
import { sql } from "drizzle-orm";
import { createMetering } from "../../oracle/gateway/src/accounts/metering.ts";
import { tiersByName } from "../../oracle/gateway/src/accounts/tiers.ts";
import { GatewayConfig } from "../../oracle/gateway/src/config.ts";
import type { GatewayContext, StampOrder } from "../../oracle/gateway/src/context.ts";
import { addRoutes } from "../../oracle/gateway/src/http/add-routes.ts";
import { Authenticator, keyText } from "../../oracle/gateway/src/http/authenticate.ts";
import { newId } from "../../oracle/gateway/src/http/new-id.ts";
import { secretHash, Vault } from "../../oracle/gateway/src/http/vault.ts";
import { ScheduleDesk } from "../../oracle/gateway/src/schedules/schedule-desk.ts";
import { scheduleRoutes } from "../../oracle/gateway/src/schedules/schedule-routes.ts";
import { gatewayMigrations } from "../../oracle/gateway/src/store/migrations.ts";
import { createOutbox } from "../../oracle/gateway/src/webhooks/outbox.ts";
import { webhookRoutes } from "../../oracle/gateway/src/webhooks/webhook-routes.ts";

const TAI_MINUS_UTC = 37;

/** Schedules and webhooks over a database of its own, with a stamper that only counts. */
export class ScheduleRig {
  readonly context: GatewayContext;
  /** What was given to the stamper. */
  readonly stamped: StampOrder[] = [];
  readonly logged: string[] = [];
  /** While set, nothing can be stamped. */
  stampsFail = false;
  readonly #database: OpenDatabase;
  #close: () => Promise<void> = async () => undefined;
  #url = "";

  private constructor(database: OpenDatabase, clock: Clock, settings: Record<string, string>) {
    this.#database = database;
    const { db } = database;
    this.context = {
      config: GatewayConfig.parse({
        GATEWAY_DATA_DIR: "not used",
        GATEWAY_NODE_SET_FILE: "not used",
        GATEWAY_AGGREGATOR_URL: "http://127.0.0.1:1",
        GATEWAY_NODE_URLS: "http://127.0.0.1:1",
        GATEWAY_TOKEN_FILE: "not used",
        GATEWAY_SECRET_FILE: "not used",
        GATEWAY_PRIVATE_TARGETS: "true",
        ...settings,
      }),
      db,
      // As where several share it: tests start more than one runner.
      databaseKind: "server",
      clock,
      log: createLogger("gateway", { write: (line) => void this.logged.push(line) }),
      set: {} as never,
      vault: new Vault("a-secret-of-the-vault-that-is-for-tests-only"),
      tiers: tiersByName,
      authenticator: new Authenticator({ db, tiers: tiersByName, operatorToken: undefined, now: () => clock.utcNow() }),
      arrival: {
        now: () => ({
          time: toTai(clock.utcNow(), TAI_MINUS_UTC),
          uncertainty: durationNs(1_000n),
          taiMinusUtc: TAI_MINUS_UTC,
          test: true,
        }),
        observations: () => [],
      },
      metering: createMetering({ clock, tiers: tiersByName }),
      stamper: {
        stamp: async (order: StampOrder) => {
          if (this.stampsFail) throw new ChronoError("round/failed", { reason: "told to fail" });
          this.stamped.push(order);
          return { sequence: BigInt(this.stamped.length), firstIndex: 0, count: 1 } as never;
        },
        find: async (sequence: bigint) => aStamp(sequence, this.stamped[Number(sequence) - 1]),
      } as never,
      outbox: createOutbox({ clock }),
      schedules: new ScheduleDesk(),
      scheduledStamps: {} as never,
    };
  }

  static async open(
    options: {
      readonly clock?: Clock;
      readonly dataDir?: string;
      /** Of a PostgreSQL server, which several share. */
      readonly url?: string;
      readonly settings?: Record<string, string>;
    } = {},
  ): Promise<ScheduleRig> {
    const migrations = [...txmMigrations, ...gatewayMigrations];
    const database = await openDatabase({ url: options.url, dataDir: options.dataDir, migrations });
    return new ScheduleRig(database, options.clock ?? createSystemClock(), options.settings ?? {});
  }

  get db(): Database {
    return this.#database.db;
  }

  /** With one key of all scopes. */
  async account(tier = "enterprise"): Promise<{ id: string; key: string }> {
    const [id, keyId, secret] = [newId("ac"), newId("ak"), randomBytes(32).toString("base64url")];
    await this.db.execute(sql`insert into gateway_accounts (id, name, tier, billing, created_at)
      values (${id}, 'a firm', ${tier}, 'subscription', 0)`);
    await this.db.execute(sql`insert into gateway_keys (id, account_id, name, secret_hash, scopes, created_at)
      values (${keyId}, ${id}, 'first', ${secretHash(secret)}, array['schedule', 'account'], 0)`);
    return { id, key: keyText(keyId, secret) };
  }

  async serve(): Promise<void> {
    const { authenticator, clock, log } = this.context;
    const server = createHttpServer({ log, name: "gateway", host: "127.0.0.1", port: 0, notReady: () => undefined });
    addRoutes([...scheduleRoutes(this.context), ...webhookRoutes(this.context)], { server, authenticator, clock });
    this.#url = `http://127.0.0.1:${await server.listen()}`;
    this.#close = () => server.close();
  }

  async ask<Body = Record<string, never>>(
    key: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: Body }> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === "" ? {} : JSON.parse(text)) as Body };
  }

  /** As if it had just been opened; a new database takes seconds. */
  async clear(): Promise<void> {
    await this.db.execute(sql`truncate gateway_schedules, gateway_webhooks, gateway_deliveries, gateway_signing_secrets,
      gateway_answers, gateway_account_months`);
    this.stamped.length = 0;
    this.stampsFail = false;
  }

  async rows<Row>(query: ReturnType<typeof sql>): Promise<Row[]> {
    return ((await this.db.execute(query)) as unknown as { rows: Row[] }).rows;
  }

  async stop(): Promise<void> {
    await this.#close();
    await this.#database.close();
  }
}

/** In the form of the wire; its proof proves nothing. */
function aStamp(sequence: bigint, order: StampOrder | undefined): Stamp {
  const [leaf] = order !== undefined && "length" in order.leaves ? order.leaves : [];
  if (leaf === undefined) throw new ChronoError("input/not-found", { sequence: String(sequence) });
  return {
    id: `st_${sequence}_0`,
    timeTaiNs: 1n,
    uncertaintyNs: 1n,
    taiMinusUtc: TAI_MINUS_UTC,
    timeUtcNs: 1n,
    precision: "ns",
    existedBeforeTaiNs: 2n,
    sequence,
    imprint: leaf.imprint,
    context: leaf.context,
    test: true,
    nistCompliant: false,
    proof: { version: 1, leaf: "A".repeat(128), index: 0, size: 1, path: [], certificate: "" },
  };
}

export type Received = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: UnixNs;
};

/** A server of somebody else, who is called. */
export class CalledTarget {
  readonly received: Received[] = [];
  /** Of the answers, in order; the last one stays. "hang": no answer at all. */
  answers: (number | "hang")[] = [200];
  readonly #clock = createSystemClock();
  readonly #server: Server = createServer((request, response) => {
    const at = this.#clock.utcNow();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks), at });
      const [answer = 200] = this.answers;
      if (this.answers.length > 1) this.answers.shift();
      if (answer !== "hang")
        response.writeHead(answer, { location: "/elsewhere" }).end("what it says is nobody's business");
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
