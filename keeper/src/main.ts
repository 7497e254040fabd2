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
import { runMetrics } from "./metrics.ts";
import { createWakeQueue, type WakeJob } from "./queue/wake-queue.ts";
import { addKeeperRoutes } from "./routes.ts";
import { keeperMigrations } from "./store/schema.ts";

const RETRY_MS = 500;

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
  addKeeperRoutes({
    server,
    chainId: config.KEEPER_CHAIN_ID,
    scheduler: config.KEEPER_SCHEDULER_ADDRESS,
    account,
    keeper: () => keeper,
  });
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
  chain = await reachChain(config, service);
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

/** Waits for the node as long as it takes. @throws rpc/chain-mismatch. @returns undefined when the process is to stop */
async function reachChain(config: KeeperConfig, { log, shutdown }: ServiceContext): Promise<ChainClient | undefined> {
  let told = false;
  while (!shutdown.signal.aborted)
    try {
      return await createChainClient({ url: config.KEEPER_RPC_URL, chainId: config.KEEPER_CHAIN_ID });
    } catch (error) {
      if (!isChronoError(error) || error.code !== "rpc/unavailable") throw error;
      if (!told) log.warn({ code: error.code }, "the node is unreachable; trying until it is there");
      told = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  return undefined;
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
