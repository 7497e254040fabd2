import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  durationNs,
  type NodeSet,
  NS_PER_MS,
  NS_PER_S,
  nodeSetToJson,
  type TaiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import { createSystemClock, loadOrCreateKey, type StatementSigner } from "@chronoledger/service";
import { ServiceProcess } from "./service-process.ts";

const entry = (path: string): string => fileURLToPath(new URL(`../../oracle/${path}/src/main.ts`, import.meta.url));
const TOKEN = "a-token-for-tests";

export type OracleNetworkOptions = {
  readonly n?: number;
  readonly f?: number;
  readonly networkId?: number;
  readonly maxLeadMs?: number;
  readonly heartbeatMs?: number;
  readonly aggregators?: number;
  readonly nodeTimeoutMs?: number;
};

/** TMN nodes and aggregators as real processes on free ports, with fresh keys, in a folder that goes with them. */
export class OracleNetwork {
  readonly folder = mkdtempSync(join(tmpdir(), "chrono-oracle-"));
  readonly nodeSetFile = join(this.folder, "node-set.json");
  readonly tokenFile = join(this.folder, "token");
  readonly token = TOKEN;
  readonly signers: readonly StatementSigner[];
  readonly set: NodeSet;
  readonly nodes: readonly ServiceProcess[];
  readonly aggregators: ServiceProcess[] = [];
  readonly #options: OracleNetworkOptions;
  readonly #others: ServiceProcess[] = [];

  constructor(options: OracleNetworkOptions = {}) {
    this.#options = options;
    const n = options.n ?? 4;
    this.signers = Array.from({ length: n }, (_, i) => loadOrCreateKey(this.keyFile(i)));
    this.set = makeNodeSet(this.signers, options);
    writeFileSync(this.nodeSetFile, JSON.stringify(nodeSetToJson(this.set)));
    writeFileSync(this.tokenFile, TOKEN);
    this.nodes = this.signers.map((_, i) => new ServiceProcess(entry("node"), "TMN_PORT", this.#nodeSettings(i)));
  }

  keyFile(index: number): string {
    return join(this.folder, `key-${index}.pem`);
  }

  get aggregator(): ServiceProcess {
    const first = this.aggregators[0];
    if (first === undefined) throw new Error("the network has not been started");
    return first;
  }

  /** Another process with the settings of a node, some of them changed. */
  twinOf(index: number, settings: Record<string, string> = {}): ServiceProcess {
    return this.#other(new ServiceProcess(entry("node"), "TMN_PORT", { ...this.#nodeSettings(index), ...settings }));
  }

  /** An aggregator that believes in another node set. */
  aggregatorWith(nodeSet: unknown): ServiceProcess {
    const file = join(this.folder, "other-node-set.json");
    writeFileSync(file, JSON.stringify(nodeSet));
    return this.#other(this.#makeAggregator(99, { AGGREGATOR_NODE_SET_FILE: file }));
  }

  #other(service: ServiceProcess): ServiceProcess {
    this.#others.push(service);
    return service;
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    for (let i = 0; i < (this.#options.aggregators ?? 1); i++) this.aggregators.push(this.#makeAggregator(i));
    await Promise.all(this.aggregators.map((aggregator) => aggregator.start()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.aggregators, ...this.nodes, ...this.#others].map((service) => service.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #nodeSettings(i: number): Record<string, string> {
    return {
      TMN_DATA_DIR: join(this.folder, `node-${i}`),
      TMN_NODE_SET_FILE: this.nodeSetFile,
      TMN_KEY_FILE: this.keyFile(i),
      TMN_TOKEN_FILE: this.tokenFile,
      TMN_SOURCES: "kernel",
    };
  }

  #makeAggregator(i: number, settings: Record<string, string> = {}): ServiceProcess {
    return new ServiceProcess(entry("aggregator"), "AGGREGATOR_PORT", {
      AGGREGATOR_DATA_DIR: join(this.folder, `aggregator-${i}`),
      AGGREGATOR_NODE_SET_FILE: this.nodeSetFile,
      AGGREGATOR_NODE_URLS: this.nodes.map((node) => node.url).join(","),
      AGGREGATOR_TOKEN_FILE: this.tokenFile,
      AGGREGATOR_HEARTBEAT_MS: String(this.#options.heartbeatMs ?? 100),
      AGGREGATOR_NODE_TIMEOUT_MS: String(this.#options.nodeTimeoutMs ?? 500),
      ...settings,
    });
  }
}

function makeNodeSet(signers: readonly StatementSigner[], options: OracleNetworkOptions): NodeSet {
  const now = createSystemClock().utcNow() + 37n * NS_PER_S;
  return {
    networkId: options.networkId ?? 7,
    epoch: 1,
    f: options.f ?? 1,
    keys: signers.map((signer) => signer.publicKey),
    evidence: signers.map(() => ZERO_HASH),
    validFrom: (now - 60n * NS_PER_S) as TaiNs,
    validUntil: (now + 86_400n * NS_PER_S) as TaiNs,
    policy: {
      policyId: 1,
      maxUncertainty: durationNs(10n * NS_PER_MS),
      maxLead: durationNs(BigInt(options.maxLeadMs ?? 2_000) * NS_PER_MS),
      allowTest: true,
    },
  };
}
