import { join } from "node:path";
import { NS_PER_MS, parseNodeSet } from "@chronoledger/core";
import {
  answeredHelp,
  createHttpServer,
  createSystemClock,
  loadConfig,
  lockFolder,
  openDatabase,
  readJsonFile,
  runService,
  type ServiceContext,
  untilReachable,
} from "@chronoledger/service";
import { addressOf, createChainClient, createTransactionManager, txmMigrations } from "@chronoledger/txm";
import { BlockCadence } from "./block-cadence.ts";
import { certificateSource } from "./certificate-source.ts";
import { RelayerConfig } from "./config.ts";
import { oracleContract } from "./evm/oracle-contract.ts";
import { readAccountKey } from "./key-file.ts";
import { Relayer } from "./relayer.ts";
import { addRelayerRoutes } from "./routes.ts";

const GWEI = 1e9;
const TICK_MS = 1_000;

if (!answeredHelp("Relayer: puts certificates of time on an EVM chain.", RelayerConfig))
  await runService("relayer", start);

async function start({ log, shutdown, fail }: ServiceContext): Promise<void> {
  const config = loadConfig("RELAYER_", RelayerConfig);
  const set = parseNodeSet(readJsonFile(config.RELAYER_NODE_SET_FILE));
  const privateKey = readAccountKey(config.RELAYER_KEY_FILE);
  const account = addressOf(privateKey);
  const oracleAddress = config.RELAYER_ORACLE_ADDRESS as `0x${string}`;
  const chainId = config.RELAYER_CHAIN_ID;
  const { signal } = shutdown;
  const lock = lockFolder(config.RELAYER_DATA_DIR);
  shutdown.onStop("folder lock", () => lock.release());
  const clock = createSystemClock();
  const database = await openDatabase({
    url: config.RELAYER_DATABASE_URL,
    dataDir: join(config.RELAYER_DATA_DIR, "database"),
    migrations: txmMigrations,
  });
  shutdown.onStop("database", () => database.close());

  let relayer: Relayer | undefined;
  const consider = (readChain: boolean): void => void relayer?.consider(readChain);
  const source = certificateSource({
    ...{ set, clock, log, signal },
    aggregatorUrl: config.RELAYER_AGGREGATOR_URL,
    dataDir: config.RELAYER_DATA_DIR,
    onNewest: () => consider(false),
  });
  const { feed, demands } = source;

  const server = createHttpServer({
    log,
    name: "relayer",
    host: config.RELAYER_HOST,
    port: config.RELAYER_PORT,
    notReady: () => {
      if (relayer === undefined) return "the chain has not been reached yet";
      return relayer.trouble ?? (feed.connected ? undefined : "the aggregator cannot be reached");
    },
  });
  addRelayerRoutes({
    server,
    clock,
    chain: "evm",
    chainId,
    oracle: oracleAddress,
    account,
    demands,
    feed,
    relayer: () => relayer,
  });
  shutdown.onStop("http", () => server.close());
  const port = await server.listen();
  void source.run().catch(fail);
  log.info(
    { port, chainId, account, oracle: oracleAddress },
    `relayer serves on http://${config.RELAYER_HOST}:${port}`,
  );

  const chain = await untilReachable(() => createChainClient({ url: config.RELAYER_RPC_URL, chainId }), {
    log,
    signal,
  });
  if (chain === undefined) return;
  shutdown.onStop("chain", () => chain.close());
  const txm = await createTransactionManager({
    chain,
    db: database.db,
    clock,
    log,
    privateKey,
    confirmations: config.RELAYER_CONFIRMATIONS,
    maxFeePerGas: BigInt(Math.round(config.RELAYER_MAX_FEE_GWEI * GWEI)),
  });
  shutdown.onStop("transactions", () => txm.close());
  const cadence = new BlockCadence();
  const started = new Relayer({
    oracle: oracleContract(chain.rpc, oracleAddress, account),
    oracleAddress,
    txm,
    newest: () => feed.newest,
    demands,
    clock,
    log,
    heartbeat: BigInt(config.RELAYER_HEARTBEAT_MS) * NS_PER_MS,
    blockInterval: () => cadence.interval,
    fail,
  });
  await untilReachable(() => txm.recover(), { log, signal });
  relayer = started;
  shutdown.onStop(
    "heads",
    chain.onHead((head) => {
      cadence.note(head, clock.monotonicNow());
      consider(true);
    }),
  );
  const tick = setInterval(() => consider(relayer?.trouble !== undefined), TICK_MS);
  shutdown.onStop("tick", () => clearInterval(tick));
  consider(true);
}
