import { NS_PER_MS, parseNodeSet } from "@chronoledger/core";
import {
  answeredHelp,
  createHttpServer,
  createSystemClock,
  loadConfig,
  lockFolder,
  readJsonFile,
  readSecretFile,
  runService,
  type ServiceContext,
} from "@chronoledger/service";
import { chronoProgram, clockAddress, createSolanaSender, openConnection, parseKeyPair } from "@chronoledger/solana";
import { PublicKey } from "@solana/web3.js";
import { certificateSource } from "./certificate-source.ts";
import { addRelayerRoutes } from "./routes.ts";
import { clockAccount } from "./solana/clock-account.ts";
import { SolanaRelayerConfig } from "./solana/config.ts";
import { SolanaRelayer } from "./solana/solana-relayer.ts";
import { createSubmitter } from "./solana/submitter.ts";

/** Solana has none; a genesis hash names the cluster. */
const NO_CHAIN_ID = 0;

if (!answeredHelp("Relayer: puts certificates of time on Solana.", SolanaRelayerConfig))
  await runService("relayer", start);

async function start({ log, shutdown, fail }: ServiceContext): Promise<void> {
  const config = loadConfig("RELAYER_", SolanaRelayerConfig);
  const set = parseNodeSet(readJsonFile(config.RELAYER_NODE_SET_FILE));
  const signer = parseKeyPair(readSecretFile(config.RELAYER_KEY_FILE), config.RELAYER_KEY_FILE);
  const account = signer.publicKey.toBase58();
  const { signal } = shutdown;
  const lock = lockFolder(config.RELAYER_DATA_DIR);
  shutdown.onStop("folder lock", () => lock.release());
  const clock = createSystemClock();

  const connection = openConnection(config.RELAYER_RPC_URL);
  const programId = new PublicKey(config.RELAYER_PROGRAM);
  const program = chronoProgram(connection, programId);
  const oracle = clockAddress(programId).toBase58();
  const slotMs = config.RELAYER_SLOT_MS;

  const consider = (readChain: boolean): void => void relayer.consider(readChain);
  const source = certificateSource({
    ...{ set, clock, log, signal },
    aggregatorUrl: config.RELAYER_AGGREGATOR_URL,
    dataDir: config.RELAYER_DATA_DIR,
    onNewest: () => consider(false),
  });
  const { feed, demands } = source;
  const sender = createSolanaSender({
    connection,
    signer,
    clock,
    program: programId,
    fees: { min: config.RELAYER_MIN_FEE, max: config.RELAYER_MAX_FEE },
    slotMs,
    log,
  });
  const relayer = new SolanaRelayer({
    account: clockAccount(connection, program),
    submitter: createSubmitter({ sender, program, connection, set, clock, log }),
    newest: () => feed.newest,
    demands,
    clock,
    log,
    heartbeat: BigInt(config.RELAYER_HEARTBEAT_MS) * NS_PER_MS,
    slotMs,
    fail,
  });
  shutdown.onStop("submissions", () => relayer.stop());

  const server = createHttpServer({
    log,
    name: "relayer",
    host: config.RELAYER_HOST,
    port: config.RELAYER_PORT,
    notReady: () => relayer.trouble ?? (feed.connected ? undefined : "the aggregator cannot be reached"),
  });
  addRelayerRoutes({
    ...{ server, clock, oracle, account, demands, feed },
    chain: "solana",
    chainId: NO_CHAIN_ID,
    relayer: () => relayer,
  });
  shutdown.onStop("http", () => server.close());
  const port = await server.listen();
  void source.run().catch(fail);
  const tick = setInterval(() => consider(true), slotMs);
  shutdown.onStop("tick", () => clearInterval(tick));
  log.info({ port, account, oracle }, `relayer serves on http://${config.RELAYER_HOST}:${port}`);
  consider(true);
}
