import { ChronoError, type UnixNs } from "@chronoledger/core";
import {
  answeredHelp,
  createHttpServer,
  createSystemClock,
  loadConfig,
  readSecretFile,
  runService,
  type ServiceContext,
  untilReachable,
} from "@chronoledger/service";
import { chronoProgram, createSolanaSender, openConnection, parseKeyPair } from "@chronoledger/solana";
import { PublicKey } from "@solana/web3.js";
import { demandAttestedTime } from "./executors/demand.ts";
import { connectChain } from "./executors/solana/connection-port.ts";
import { SolanaKeeperConfig } from "./executors/solana/solana-config.ts";
import { type SolanaKeeper, startSolanaKeeper } from "./executors/solana/solana-keeper.ts";
import { taskView } from "./executors/solana/task-view.ts";
import { addKeeperRoutes } from "./routes.ts";

if (!answeredHelp("Keeper on Solana: runs tasks of the ChronoLedger program at their instant.", SolanaKeeperConfig))
  await runService("keeper", start);

async function start(service: ServiceContext): Promise<void> {
  const { log, shutdown } = service;
  const config = loadConfig("KEEPER_", SolanaKeeperConfig);
  if (config.KEEPER_INDEX >= config.KEEPER_COUNT)
    throw new ChronoError(
      "config/invalid",
      { KEEPER_INDEX: config.KEEPER_INDEX, KEEPER_COUNT: config.KEEPER_COUNT },
      { remedy: "the index counts from 0" },
    );
  if (config.KEEPER_MIN_FEE > config.KEEPER_MAX_FEE)
    throw new ChronoError("config/invalid", {
      KEEPER_MIN_FEE: config.KEEPER_MIN_FEE,
      KEEPER_MAX_FEE: config.KEEPER_MAX_FEE,
    });
  const signer = parseKeyPair(readSecretFile(config.KEEPER_KEY_FILE), config.KEEPER_KEY_FILE);
  const account = signer.publicKey.toBase58();

  let keeper: SolanaKeeper | undefined;
  const server = createHttpServer({
    log,
    name: "keeper",
    host: config.KEEPER_HOST,
    port: config.KEEPER_PORT,
    notReady: () => (keeper === undefined ? "the chain has not been reached yet" : undefined),
  });
  addKeeperRoutes(server, taskView({ program: config.KEEPER_PROGRAM, account, keeper: () => keeper }));
  shutdown.onStop("http", () => server.close());
  const port = await server.listen();
  log.info(
    { port, account, index: config.KEEPER_INDEX, count: config.KEEPER_COUNT },
    `keeper ${config.KEEPER_INDEX} serves on http://${config.KEEPER_HOST}:${port}`,
  );

  const clock = createSystemClock();
  const connection = openConnection(config.KEEPER_RPC_URL, config.KEEPER_WS_URL);
  const program = chronoProgram(connection, new PublicKey(config.KEEPER_PROGRAM));
  const slotMs = config.KEEPER_SLOT_MS;
  const relayerUrl = config.KEEPER_RELAYER_URL;
  const options = {
    ...{ clock, log, account, slotMs },
    chain: connectChain({ connection, program, keeper: signer.publicKey, clock, slotMs, log }),
    sender: createSolanaSender({
      ...{ connection, signer, clock, slotMs, log, program: program.programId },
      fees: { min: config.KEEPER_MIN_FEE, max: config.KEEPER_MAX_FEE },
    }),
    roster: { index: config.KEEPER_INDEX, count: config.KEEPER_COUNT, staggerMs: config.KEEPER_STAGGER_MS },
    policy: {
      leadMs: config.KEEPER_LEAD_MS,
      minReward: config.KEEPER_MIN_REWARD,
      minFee: BigInt(config.KEEPER_MIN_FEE),
      expires: config.KEEPER_EXPIRES === "true",
    },
    guardMs: config.KEEPER_GUARD_MS,
    reconcileMs: config.KEEPER_RECONCILE_MS,
    demand: relayerUrl === undefined ? undefined : (time: UnixNs) => demandAttestedTime(relayerUrl, time),
  };
  keeper = await untilReachable(() => startSolanaKeeper(options), { log, signal: shutdown.signal });
  if (keeper === undefined) return;
  shutdown.onStop("keeper", () => keeper?.stop());
  log.info({ program: config.KEEPER_PROGRAM }, "the keeper is at work");
}
