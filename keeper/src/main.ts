import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { ChronoError, isChronoError } from "@chronoledger/core";
import {
  answeredHelp,
  connectRedis,
  createHttpServer,
  createSystemClock,
  loadConfig,
  lockFolder,
  openDatabase,
  readSecretFile,
  runService,
  type ServiceContext,
  untilReachable,
} from "@chronoledger/service";
import {
  addressOf,
  type ChainClient,
  createChainClient,
  type Hex,
  parsePrivateKey,
  txmMigrations,
} from "@chronoledger/txm";
import { KeeperConfig } from "./config.ts";
import { type Keeper, startKeeper } from "./keeper.ts";
import { keeperView } from "./keeper-view.ts";
import { runMetrics } from "./metrics.ts";
import { createWakeQueue, type WakeJob } from "./queue/wake-queue.ts";
import { addKeeperRoutes } from "./routes.ts";
import { keeperMigrations } from "./store/schema.ts";

// Where processors are short, the firing thread would wait for V8's helper threads by asking again without end, and, having the
// better priority, keep them from running: it was seen to take half of a processor, and the main thread's time with it.
for (const flag of ["--no-concurrent-array-buffer-sweeping", "--no-parallel-scavenge"]) setFlagsFromString(flag);

if (!answeredHelp("Keeper: executes schedules of a ChronoScheduler at their instant.", KeeperConfig))
  await runService("keeper", start);

async function start(service: ServiceContext): Promise<void> {
  const { log, shutdown } = service;
  const config = loadConfig("KEEPER_", KeeperConfig);
  if (config.KEEPER_INDEX >= config.KEEPER_COUNT)
    throw new ChronoError(
      "config/invalid",
      { KEEPER_INDEX: config.KEEPER_INDEX, KEEPER_COUNT: config.KEEPER_COUNT },
      { remedy: "the index counts from 0" },
    );
  const privateKey = readKey(config.KEEPER_KEY_FILE);
  const lock = lockFolder(config.KEEPER_DATA_DIR);
  shutdown.onStop("folder lock", () => lock.release());
  const database = await openDatabase({
    url: config.KEEPER_DATABASE_URL,
    dataDir: join(config.KEEPER_DATA_DIR, "database"),
    migrations: [...txmMigrations, ...keeperMigrations],
    schema: `keeper_${config.KEEPER_INDEX}`,
  });
  shutdown.onStop("database", () => database.close());
  const redis = config.KEEPER_REDIS_URL === undefined ? undefined : connectRedis(config.KEEPER_REDIS_URL, log);
  shutdown.onStop("redis", () => redis?.disconnect());

  let keeper: Keeper | undefined;
  let chain: ChainClient | undefined;
  const server = createHttpServer({
    log,
    name: "keeper",
    host: config.KEEPER_HOST,
    port: config.KEEPER_PORT,
    notReady: () =>
      keeper === undefined
        ? "the chain has not been reached yet"
        : chain?.rpc.connected === false
          ? "the node is unreachable"
          : undefined,
  });
  const account = addressOf(privateKey);
  const { KEEPER_CHAIN_ID: chainId, KEEPER_SCHEDULER_ADDRESS: scheduler } = config;
  addKeeperRoutes(server, keeperView({ chainId, scheduler, account, keeper: () => keeper }));
  const onRunChange = runMetrics(server);
  shutdown.onStop("http", () => server.close());
  const port = await server.listen();
  log.info(
    { port, account, index: config.KEEPER_INDEX, count: config.KEEPER_COUNT },
    `keeper ${config.KEEPER_INDEX} serves on http://${config.KEEPER_HOST}:${port}`,
  );

  const options = {
    rpcUrl: config.KEEPER_RPC_URL,
    db: database.db,
    clock: createSystemClock(),
    log,
    privateKey,
    scheduler: config.KEEPER_SCHEDULER_ADDRESS as Hex,
    oracle: config.KEEPER_ORACLE_ADDRESS as Hex,
    startBlock: config.KEEPER_START_BLOCK,
    confirmations: config.KEEPER_CONFIRMATIONS,
    roster: { index: config.KEEPER_INDEX, count: config.KEEPER_COUNT, staggerMs: config.KEEPER_STAGGER_MS },
    leads: {
      leadMs: config.KEEPER_LEAD_MS,
      attestedLeadMs: config.KEEPER_ATTESTED_LEAD_MS,
      signLeadMs: config.KEEPER_SIGN_LEAD_MS,
      guardMs: config.KEEPER_GUARD_MS,
    },
    mode: config.KEEPER_MODE,
    blockInterval: config.KEEPER_BLOCK_INTERVAL,
    policy: {
      minRewardPercent: config.KEEPER_MIN_REWARD_PERCENT,
      maxFeePerGas: BigInt(config.KEEPER_MAX_FEE_GWEI) * 1_000_000_000n,
    },
    relayerUrl: config.KEEPER_RELAYER_URL,
    openQueue:
      redis === undefined
        ? undefined
        : (onWake: (job: WakeJob) => Promise<void>) =>
            createWakeQueue({
              connection: redis,
              prefix: config.KEEPER_QUEUE_PREFIX,
              chainId: config.KEEPER_CHAIN_ID,
              keeper: config.KEEPER_INDEX,
              onWake,
              log,
            }),
    onRunChange,
  };
  chain = await untilReachable(() => createChainClient({ url: config.KEEPER_RPC_URL, chainId }), {
    log,
    signal: shutdown.signal,
  });
  if (chain === undefined) return;
  const reached = chain;
  shutdown.onStop("chain", () => reached.close());
  keeper = await startKeeper({ ...options, chain: reached });
  shutdown.onStop("keeper", () => keeper?.stop());
  log.info(
    { scheduler: config.KEEPER_SCHEDULER_ADDRESS, chainId: config.KEEPER_CHAIN_ID, block: keeper.head()?.number },
    "the keeper is at work",
  );
}

/** The key itself never stands in a message. */
function readKey(path: string): Uint8Array {
  try {
    return parsePrivateKey(readSecretFile(path));
  } catch (error) {
    if (isChronoError(error)) throw error;
    throw new ChronoError("config/invalid", { KEEPER_KEY_FILE: "set" }, { remedy: (error as Error).message });
  }
}
