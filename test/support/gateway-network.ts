import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OracleNetwork, type OracleNetworkOptions } from "./oracle-network.ts";
import { ServiceProcess } from "./service-process.ts";

const ENTRY = fileURLToPath(new URL("../../oracle/gateway/src/main.ts", import.meta.url));
const OPERATOR_TOKEN = "the-operator-of-a-test";

/** Nodes, an aggregator and a gateway as real processes. */
export class GatewayNetwork {
  readonly oracle: OracleNetwork;
  readonly #settings: Readonly<Record<string, string>>;
  #gateway: ServiceProcess | undefined;

  constructor(settings: Readonly<Record<string, string>> = {}, oracle: OracleNetworkOptions = {}) {
    this.oracle = new OracleNetwork(oracle);
    this.#settings = settings;
  }

  get gateway(): ServiceProcess {
    if (this.#gateway === undefined) throw new Error("the network has not been started");
    return this.#gateway;
  }

  async start(): Promise<void> {
    await this.oracle.start();
    const { folder, nodes, aggregator, nodeSetFile, tokenFile } = this.oracle;
    const secretFile = join(folder, "vault");
    const operatorFile = join(folder, "operator");
    writeFileSync(secretFile, "a secret of the vault that is for tests only");
    writeFileSync(operatorFile, OPERATOR_TOKEN);
    mkdirSync(join(folder, "gateway"), { recursive: true });
    this.#gateway = new ServiceProcess(ENTRY, "GATEWAY_PORT", {
      GATEWAY_DATA_DIR: join(folder, "gateway"),
      GATEWAY_NODE_SET_FILE: nodeSetFile,
      GATEWAY_AGGREGATOR_URL: aggregator.url,
      GATEWAY_NODE_URLS: nodes.map(({ url }) => url).join(","),
      GATEWAY_TOKEN_FILE: tokenFile,
      GATEWAY_SECRET_FILE: secretFile,
      GATEWAY_OPERATOR_TOKEN_FILE: operatorFile,
      GATEWAY_OPEN_SIGN_UP: "true",
      GATEWAY_PRIVATE_TARGETS: "true",
      ...this.#settings,
    });
    await this.#gateway.start();
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop();
    await this.oracle.stop();
  }

  /** The text of a first key of a new account. */
  async account(tier: string, billing = "subscription"): Promise<string> {
    const response = await fetch(`${this.gateway.url}/v1/accounts`, {
      method: "POST",
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "a firm", tier, billing }),
    });
    const text = await response.text();
    if (response.status !== 201) throw new Error(text);
    return (JSON.parse(text) as { secret: string }).secret;
  }

  /** Quantities of this month by meter. */
  async usage(key: string): Promise<Record<string, number>> {
    const response = await fetch(`${this.gateway.url}/v1/usage`, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as { quantities: Record<string, number> }).quantities;
  }
}
