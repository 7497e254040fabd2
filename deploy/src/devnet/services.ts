import { join } from "node:path";
import { bytesToHex, concatBytes, sha256 } from "@chronoledger/core";
import { BLOCK_SECONDS, CHAIN_ID } from "./chain.ts";
import type { Genesis } from "./genesis.ts";
import { isReady, pollUntil } from "./poll.ts";
import { HOST, type Ports } from "./ports.ts";
import type { ProcessSpec } from "./supervised-process.ts";

export const ROOT = join(import.meta.dirname, "..", "..", "..");
export const READY_TIMEOUT_MS = 60_000;

export type Addresses = {
  readonly oracle: string;
  readonly scheduler: string;
  readonly target: string;
  readonly fromBlock: number;
};

type Common = { readonly dataDir: string; readonly ports: Ports; readonly genesis: Genesis };

/** Only what a child needs of the environment: a stray setting of the shell must not reach it. */
export const environment = (own: Record<string, string>): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  // Compiled code is kept between starts: the second one takes a third of the time.
  NODE_COMPILE_CACHE: join(ROOT, "node_modules", ".cache", "node"),
  ...(process.env.LOG_LEVEL === undefined ? {} : { LOG_LEVEL: process.env.LOG_LEVEL }),
  ...own,
});

/** One of our programs as a process that answers /readyz. */
export const serviceSpec = (
  dataDir: string,
  name: string,
  entry: string,
  port: number,
  own: Record<string, string>,
): ProcessSpec => ({
  name,
  command: process.execPath,
  args: [join(ROOT, entry)],
  env: environment(own),
  logFile: join(dataDir, "logs", `${name}.log`),
  ready: (signal) => pollUntil(name, () => isReady(port, HOST), { everyMs: 50, timeoutMs: READY_TIMEOUT_MS, signal }),
});

export function oracleSpecs(common: Common): ProcessSpec[] {
  const { dataDir, ports, genesis } = common;
  const nodes = ports.nodes.map((port, i) =>
    serviceSpec(dataDir, `node-${i}`, "oracle/node/src/main.ts", port, {
      TMN_HOST: HOST,
      TMN_PORT: String(port),
      TMN_DATA_DIR: join(dataDir, `node-${i}`),
      TMN_NODE_SET_FILE: genesis.nodeSetFile,
      TMN_KEY_FILE: genesis.nodeKeyFiles[i] ?? "",
      TMN_TOKEN_FILE: genesis.tokenFile,
    }),
  );
  const aggregator = serviceSpec(dataDir, "aggregator", "oracle/aggregator/src/main.ts", ports.aggregator, {
    AGGREGATOR_HOST: HOST,
    AGGREGATOR_PORT: String(ports.aggregator),
    AGGREGATOR_DATA_DIR: join(dataDir, "aggregator"),
    AGGREGATOR_NODE_SET_FILE: genesis.nodeSetFile,
    AGGREGATOR_NODE_URLS: ports.nodes.map((port) => `http://${HOST}:${port}`).join(","),
    AGGREGATOR_TOKEN_FILE: genesis.tokenFile,
  });
  return [...nodes, aggregator];
}

type ChainSide = Common & { readonly ipcPath: string; readonly redisUrl: string; readonly addresses: Addresses };

function gatewaySpec({ dataDir, ports, genesis, ipcPath, addresses }: ChainSide): ProcessSpec {
  const url = `http://${HOST}:${ports.gateway}`;
  return serviceSpec(dataDir, "gateway", "oracle/gateway/src/main.ts", ports.gateway, {
    GATEWAY_HOST: HOST,
    GATEWAY_PORT: String(ports.gateway),
    GATEWAY_PUBLIC_URL: url,
    GATEWAY_DATA_DIR: join(dataDir, "gateway"),
    GATEWAY_NODE_SET_FILE: genesis.nodeSetFile,
    GATEWAY_AGGREGATOR_URL: `http://${HOST}:${ports.aggregator}`,
    GATEWAY_NODE_URLS: ports.nodes.map((port) => `http://${HOST}:${port}`).join(","),
    GATEWAY_TOKEN_FILE: genesis.tokenFile,
    GATEWAY_SECRET_FILE: genesis.vaultFile,
    GATEWAY_OPERATOR_TOKEN_FILE: genesis.operatorTokenFile,
    GATEWAY_OPEN_SIGN_UP: "true",
    GATEWAY_PRIVATE_TARGETS: "true",
    GATEWAY_PAGE_DIR: join(dataDir, "page"),
    GATEWAY_RPC_URL: ipcPath,
    GATEWAY_CHAIN_ID: String(CHAIN_ID),
    GATEWAY_SCHEDULER_ADDRESS: addresses.scheduler,
    GATEWAY_KEY_FILE: genesis.gateway.keyFile,
    ...(process.env.DATABASE_URL === undefined ? {} : { DATABASE_URL: process.env.DATABASE_URL }),
    // A fresh network begins its sequences anew: it must not meet the tables of the one before.
    GATEWAY_DATABASE_SCHEMA: `chrono_gateway_${bytesToHex(sha256(concatBytes(...genesis.nodeSet.keys))).slice(0, 12)}`,
  });
}

export function chainSideSpecs(common: ChainSide): ProcessSpec[] {
  const { dataDir, ports, genesis, addresses } = common;
  const relayer = serviceSpec(dataDir, "relayer", "oracle/relayer/src/main.ts", ports.relayer, {
    RELAYER_HOST: HOST,
    RELAYER_PORT: String(ports.relayer),
    RELAYER_DATA_DIR: join(dataDir, "relayer"),
    RELAYER_RPC_URL: common.ipcPath,
    RELAYER_CHAIN_ID: String(CHAIN_ID),
    RELAYER_ORACLE_ADDRESS: addresses.oracle,
    RELAYER_KEY_FILE: genesis.relayer.keyFile,
    RELAYER_AGGREGATOR_URL: `http://${HOST}:${ports.aggregator}`,
    RELAYER_NODE_SET_FILE: genesis.nodeSetFile,
    RELAYER_HEARTBEAT_MS: "1000",
  });
  const keepers = ports.keepers.map((port, i) =>
    serviceSpec(dataDir, `keeper-${i}`, "keeper/src/main.ts", port, {
      KEEPER_HOST: HOST,
      KEEPER_PORT: String(port),
      KEEPER_DATA_DIR: join(dataDir, `keeper-${i}`),
      KEEPER_RPC_URL: common.ipcPath,
      KEEPER_CHAIN_ID: String(CHAIN_ID),
      KEEPER_SCHEDULER_ADDRESS: addresses.scheduler,
      KEEPER_ORACLE_ADDRESS: addresses.oracle,
      KEEPER_KEY_FILE: genesis.keepers[i]?.keyFile ?? "",
      KEEPER_REDIS_URL: common.redisUrl,
      KEEPER_QUEUE_PREFIX: `chrono-${ports.chain}-keeper-${i}`,
      KEEPER_RELAYER_URL: `http://${HOST}:${ports.relayer}`,
      KEEPER_START_BLOCK: String(addresses.fromBlock),
      KEEPER_BLOCK_INTERVAL: String(BLOCK_SECONDS),
      KEEPER_INDEX: String(i),
      KEEPER_COUNT: String(ports.keepers.length),
    }),
  );
  return [relayer, ...keepers, gatewaySpec(common)];
}
