import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, createSystemClock, openDatabase } from "@chronoledger/service";
import { txmMigrations } from "@chronoledger/txm";
import { GatewayConfig } from "../../oracle/gateway/src/config.ts";
import { type Gateway, startGateway } from "../../oracle/gateway/src/gateway.ts";
import { Vault } from "../../oracle/gateway/src/http/vault.ts";
import { gatewayMigrations } from "../../oracle/gateway/src/store/migrations.ts";
import { SoftwareOracle } from "./software-oracle.ts";

export const OPERATOR_TOKEN = "an-operator-token-for-tests";
export const VAULT_SECRET = "a-secret-of-the-vault-that-is-for-tests-only";

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json<T = never>(): T;
};

/** A gateway in this process over real HTTP, on PostgreSQL in memory, in front of a quorum with software keys. */
export class GatewayRig {
  readonly oracle = new SoftwareOracle();
  readonly folder = mkdtempSync(join(tmpdir(), "chrono-gateway-"));
  /** Everything that the gateway logged, as text. */
  readonly logged: string[] = [];
  readonly #settings: Record<string, string>;
  #gateway: Gateway | undefined;
  #database: Awaited<ReturnType<typeof openDatabase>> | undefined;

  /** Settings beside the rig's own, such as GATEWAY_RPC_URL. */
  constructor(settings: Record<string, string> = {}) {
    this.#settings = settings;
  }

  get gateway(): Gateway {
    if (this.#gateway === undefined) throw new Error("the rig has not been started");
    return this.#gateway;
  }
  get database() {
    if (this.#database === undefined) throw new Error("the rig has not been started");
    return this.#database.db;
  }
  get url(): string {
    return `http://127.0.0.1:${this.gateway.port}`;
  }

  async start(): Promise<void> {
    await this.oracle.start();
    this.#database = await openDatabase({
      migrations: [...txmMigrations, ...gatewayMigrations],
      url: this.#settings.DATABASE_URL,
    });
    await this.open();
  }

  /** The gateway alone, again: after {@link close}, over the same database. */
  async open(): Promise<void> {
    const config = GatewayConfig.parse({
      GATEWAY_DATA_DIR: this.folder,
      GATEWAY_NODE_SET_FILE: "not read",
      GATEWAY_AGGREGATOR_URL: this.oracle.url,
      GATEWAY_NODE_URLS: this.oracle.nodeUrls.join(","),
      GATEWAY_TOKEN_FILE: "not read",
      GATEWAY_SECRET_FILE: "not read",
      GATEWAY_OPEN_SIGN_UP: "true",
      GATEWAY_SIGN_UPS_PER_HOUR: "1000",
      GATEWAY_PRIVATE_TARGETS: "true",
      GATEWAY_OBSERVE_MS: "200",
      ...this.#settings,
    });
    this.#gateway = await startGateway({
      config,
      db: this.database,
      databaseKind: "embedded",
      clock: createSystemClock(),
      log: createLogger("gateway", { write: (line) => void this.logged.push(line) }),
      set: this.oracle.quorum.set,
      vault: new Vault(VAULT_SECRET),
      nodeToken: "node-token-for-tests",
      operatorToken: OPERATOR_TOKEN,
    });
  }

  async close(): Promise<void> {
    await this.#gateway?.stop();
    this.#gateway = undefined;
  }

  async stop(): Promise<void> {
    await this.close();
    await this.#database?.close();
    this.oracle.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One request; a body that is bytes is sent as it is. */
  async ask(
    method: string,
    path: string,
    options: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const raw = options.body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
        ...(options.body === undefined || raw ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: raw ? (options.body as BodyInit) : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: <T>() => JSON.parse(text) as T };
  }

  /** A new account of this tier, and the text of its first key. */
  async account(tier = "enterprise", billing = "subscription"): Promise<{ id: string; key: string }> {
    const made = await this.ask("POST", "/v1/accounts", {
      key: OPERATOR_TOKEN,
      body: { name: "a firm", tier, billing },
    });
    if (made.status !== 201) throw new Error(made.text);
    const { account, secret } = made.json<{ account: { id: string }; secret: string }>();
    return { id: account.id, key: secret };
  }
}
