import { ChronoError, isChronoError, type UnixNs } from "@chronoledger/core";
import {
  answeredHelp,
  createHttpServer,
  createSystemClock,
  loadConfig,
  readSecretFile,
  runService,
  type ServiceContext,
} from "@chronoledger/service";
import { chronoProgram, createSolanaSender } from "@chronoledger/solana";
import { Connection, Keypair, PublicKey } from "@solana/web3.js";
import * as z from "zod";
import { demandAttestedTime } from "./executors/evm/demand.ts";
import { connectChain } from "./executors/solana/connection-port.ts";
import { SolanaKeeperConfig } from "./executors/solana/solana-config.ts";
import { type SolanaKeeper, type SolanaKeeperOptions, startSolanaKeeper } from "./executors/solana/solana-keeper.ts";
import { addTaskRoutes } from "./executors/solana/task-routes.ts";

const RETRY_MS = 500;
const KeyFile = z.array(z.int().min(0).max(255)).length(64);

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
  const signer = readKey(config.KEEPER_KEY_FILE);
  const account = signer.publicKey.toBase58();

  let keeper: SolanaKeeper | undefined;
  const server = createHttpServer({
    log,
    name: "keeper",
    host: config.KEEPER_HOST,
    port: config.KEEPER_PORT,
    notReady: () => (keeper === undefined ? "the chain has not been reached yet" : undefined),
  });
  addTaskRoutes({ server, program: config.KEEPER_PROGRAM, account, keeper: () => keeper });
  shutdown.onStop("http", () => server.close());
  const port = await server.listen();
  log.info(
    { port, account, index: config.KEEPER_INDEX, count: config.KEEPER_COUNT },
    `keeper ${config.KEEPER_INDEX} serves on http://${config.KEEPER_HOST}:${port}`,
  );

  const clock = createSystemClock();
  const connection = new Connection(config.KEEPER_RPC_URL, {
    commitment: "processed",
    ...(config.KEEPER_WS_URL === undefined ? {} : { wsEndpoint: config.KEEPER_WS_URL }),
  });
  const program = chronoProgram(connection, new PublicKey(config.KEEPER_PROGRAM));
  const slotMs = config.KEEPER_SLOT_MS;
  const relayerUrl = config.KEEPER_RELAYER_URL;
  keeper = await reachChain(
    {
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
    },
    service,
  );
  if (keeper === undefined) return;
  shutdown.onStop("keeper", () => keeper?.stop());
  log.info({ program: config.KEEPER_PROGRAM }, "the keeper is at work");
}

/** Waits for the node as long as it takes. @returns undefined when the process is to stop */
async function reachChain(
  options: SolanaKeeperOptions,
  { log, shutdown }: ServiceContext,
): Promise<SolanaKeeper | undefined> {
  let told = false;
  while (!shutdown.signal.aborted)
    try {
      return await startSolanaKeeper(options);
    } catch (error) {
      if (!isChronoError(error) || error.code !== "rpc/unavailable") throw error;
      if (!told) log.warn({ code: error.code }, "the node is unreachable; trying until it is there");
      told = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  return undefined;
}

/** The key itself never stands in a message. */
function readKey(path: string): Keypair {
  const text = readSecretFile(path);
  try {
    return Keypair.fromSecretKey(Uint8Array.from(KeyFile.parse(JSON.parse(text))));
  } catch {
    throw new ChronoError(
      "config/invalid",
      { KEEPER_KEY_FILE: "set" },
      { remedy: "the file must hold a key pair as a JSON array of 64 numbers" },
    );
  }
}
