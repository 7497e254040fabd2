import { join } from "node:path";
import { ChronoError, parseNodeSet } from "@chronoledger/core";
import {
  answeredHelp,
  createSystemClock,
  loadConfig,
  lockFolder,
  openDatabase,
  readJsonFile,
  readSecretFile,
  runService,
  type ServiceContext,
} from "@chronoledger/service";
import { txmMigrations } from "@chronoledger/txm";
import { GatewayConfig } from "./config.ts";
import { startGateway } from "./gateway.ts";
import { Vault } from "./http/vault.ts";
import { gatewayMigrations } from "./store/migrations.ts";
import { requireSameNetwork } from "./store/subject.ts";

if (!answeredHelp("Gateway: attested time over HTTP, with keys, tiers, proofs and reports.", GatewayConfig))
  await runService("gateway", start);

async function start({ log, shutdown }: ServiceContext): Promise<void> {
  const config = loadConfig("GATEWAY_", GatewayConfig);
  const set = parseNodeSet(readJsonFile(config.GATEWAY_NODE_SET_FILE));
  if (config.GATEWAY_NODE_URLS.length !== set.keys.length)
    throw new ChronoError(
      "config/invalid",
      { urls: config.GATEWAY_NODE_URLS.length, nodes: set.keys.length },
      { remedy: "GATEWAY_NODE_URLS needs one address for each node of the set" },
    );
  const vault = Vault.fromFile(config.GATEWAY_SECRET_FILE);
  const lock = lockFolder(config.GATEWAY_DATA_DIR);
  shutdown.onStop("folder lock", () => lock.release());
  const database = await openDatabase({
    url: config.DATABASE_URL,
    schema: config.GATEWAY_DATABASE_SCHEMA,
    dataDir: join(config.GATEWAY_DATA_DIR, "database"),
    migrations: [...txmMigrations, ...gatewayMigrations],
  });
  shutdown.onStop("database", () => database.close());
  await requireSameNetwork(database.db, set);
  const { GATEWAY_OPERATOR_TOKEN_FILE: operatorFile } = config;
  const gateway = await startGateway({
    config,
    db: database.db,
    databaseKind: database.kind,
    clock: createSystemClock(),
    log,
    set,
    vault,
    nodeToken: readSecretFile(config.GATEWAY_TOKEN_FILE),
    operatorToken: operatorFile === undefined ? undefined : readSecretFile(operatorFile),
  });
  shutdown.onStop("gateway", () => gateway.stop());
  log.info(
    { port: gateway.port, database: database.kind },
    `gateway serves on http://${config.GATEWAY_HOST}:${gateway.port}`,
  );
}
