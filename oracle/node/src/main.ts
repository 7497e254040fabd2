import { join } from "node:path";
import { ChronoError, durationNs, equalBytes, type NodeSet, parseNodeSet } from "@chronoledger/core";
import {
  answeredHelp,
  type Clock,
  createHttpServer,
  createSystemClock,
  keepEvidence,
  loadConfig,
  lockFolder,
  readJsonFile,
  readSecretFile,
  runService,
  type ServiceContext,
  softwareSigner,
} from "@chronoledger/service";
import { CertificateMemory } from "./certificate-memory.ts";
import { NodeConfig } from "./config.ts";
import { CosignJournal } from "./cosign-journal.ts";
import { Cosigner } from "./cosigner.ts";
import { Discipline } from "./discipline.ts";
import { BUILT_IN_LEAP_TABLE, parseLeapSeconds } from "./leap-seconds.ts";
import { addNodeRoutes } from "./routes.ts";
import { chronySource } from "./sources/chrony.ts";
import type { ClockSource } from "./sources/clock-source.ts";
import { kernelSource } from "./sources/kernel.ts";
import { waitUntil } from "./wait-until.ts";

const REFRESH_MS = 500;

if (!answeredHelp("TMN node: reads clocks and co-signs certificates of time.", NodeConfig))
  await runService("tmn-node", start);

async function start({ log, shutdown, fail }: ServiceContext): Promise<void> {
  const config = loadConfig("TMN_", NodeConfig);
  const set = parseNodeSet(readJsonFile(config.TMN_NODE_SET_FILE));
  const signer = softwareSigner(readSecretFile(config.TMN_KEY_FILE));
  const token = readSecretFile(config.TMN_TOKEN_FILE);
  const index = placeInSet(set, signer.publicKey, config.TMN_INDEX);
  const lock = lockFolder(config.TMN_DATA_DIR);
  shutdown.onStop("folder lock", () => lock.release());
  const clock = createSystemClock();
  const discipline = new Discipline({
    clock,
    sources: config.TMN_SOURCES.map((name) => sourceOf(name, clock)),
    policy: set.policy,
    leapTable:
      config.TMN_LEAP_SECONDS === undefined
        ? BUILT_IN_LEAP_TABLE
        : parseLeapSeconds(readSecretFile(config.TMN_LEAP_SECONDS)),
    assumedUncertainty: durationNs(config.TMN_ASSUMED_UNCERTAINTY_NS),
    hardwareKey: signer.hardware,
  });
  const journal = CosignJournal.open(join(config.TMN_DATA_DIR, "cosign.journal"), set.networkId);
  shutdown.onStop("journal", () => journal.close());
  const evidence = join(config.TMN_DATA_DIR, "evidence.jsonl");
  const memory = new CertificateMemory({
    path: join(config.TMN_DATA_DIR, "newest.certificate"),
    set,
    log,
    keepEvidence: (record) => keepEvidence(evidence, record),
  });
  shutdown.onStop("certificate", () => memory.close());
  const cosigner = new Cosigner({
    set,
    index,
    signer,
    discipline,
    journal,
    memory,
    waitUntil,
    signal: shutdown.signal,
  });
  await discipline.refresh();
  const timer = setInterval(() => void discipline.refresh().catch(fail), REFRESH_MS);
  shutdown.onStop("clock", () => clearInterval(timer));

  const server = createHttpServer({
    log,
    name: "tmn-node",
    host: config.TMN_HOST,
    port: config.TMN_PORT,
    token,
    notReady: () => discipline.whyNotAvailable(),
  });
  addNodeRoutes({ server, clock, log, set, index, cosigner, discipline, memory });
  shutdown.onStop("http", () => server.close());
  const port = await server.listen();
  for (const source of discipline.sources)
    log.info({ source: source.name, health: source.health }, `${source.name}: ${source.detail}`);
  log.info({ port, index, networkId: set.networkId }, `TMN node ${index} serves on http://${config.TMN_HOST}:${port}`);
}

function sourceOf(name: "chrony" | "kernel", clock: Clock): ClockSource {
  return name === "chrony" ? chronySource(clock) : kernelSource(clock);
}

/** @throws config/invalid when the key is not the set's, or stands at another place. */
function placeInSet(set: NodeSet, key: Uint8Array, stated: number | undefined): number {
  const index = set.keys.findIndex((member) => equalBytes(member, key));
  if (index === -1)
    throw new ChronoError(
      "config/invalid",
      { TMN_KEY_FILE: "set" },
      { remedy: "the key is not one of the node set's" },
    );
  if (stated !== undefined && stated !== index)
    throw new ChronoError(
      "config/invalid",
      { TMN_INDEX: stated, found: index },
      { remedy: "the key stands at another place in the node set" },
    );
  return index;
}
