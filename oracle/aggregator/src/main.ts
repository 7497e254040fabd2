import { join } from "node:path";
import { ChronoError, durationNs, NS_PER_MS, parseNodeSet } from "@chronoledger/core";
import {
  answeredHelp,
  createHttpServer,
  createSystemClock,
  type Evidence,
  keepEvidence,
  loadConfig,
  lockFolder,
  readJsonFile,
  readSecretFile,
  runService,
  type ServiceContext,
} from "@chronoledger/service";
import { callAfter } from "./call-after.ts";
import { CertificateBook } from "./certificate-book.ts";
import { CertificateLog } from "./certificate-log.ts";
import { CertificateStream } from "./certificate-stream.ts";
import { certifyOnce } from "./certify-once.ts";
import { AggregatorConfig } from "./config.ts";
import { AdaptiveLead } from "./lead.ts";
import { LeafBatcher } from "./leaf-batcher.ts";
import { httpNodeClient } from "./node-client.ts";
import { NodeTracker } from "./node-tracker.ts";
import { Rounds } from "./rounds.ts";
import { addAggregatorRoutes } from "./routes.ts";

const REFRESH_MS = 500;
const INFO_TIMEOUT_MS = 1_000;
/** Evidence kept by one process: enough to prove a fault, not enough to fill a disk. */
const MAX_EVIDENCE = 1_000;

if (!answeredHelp("Aggregator: asks the TMN nodes for certificates of time and serves them.", AggregatorConfig))
  await runService("aggregator", start);

async function start({ log, shutdown, fail }: ServiceContext): Promise<void> {
  const config = loadConfig("AGGREGATOR_", AggregatorConfig);
  const set = parseNodeSet(readJsonFile(config.AGGREGATOR_NODE_SET_FILE));
  const urls = config.AGGREGATOR_NODE_URLS;
  if (urls.length !== set.keys.length)
    throw new ChronoError(
      "config/invalid",
      { urls: urls.length, nodes: set.keys.length },
      { remedy: "AGGREGATOR_NODE_URLS needs one address for each node of the set" },
    );
  const token = readSecretFile(config.AGGREGATOR_TOKEN_FILE);
  const lock = lockFolder(config.AGGREGATOR_DATA_DIR);
  shutdown.onStop("folder lock", () => lock.release());
  const clock = createSystemClock();
  const keep = evidenceKeeper(join(config.AGGREGATOR_DATA_DIR, "evidence.jsonl"));
  const certificates = new CertificateLog(join(config.AGGREGATOR_DATA_DIR, "certificates.log"));
  shutdown.onStop("certificate log", () => certificates.close());
  const book = new CertificateBook({ set, certificates, log, keepEvidence: keep });
  const nodes = urls.map((url, index) => new NodeTracker({ index, client: httpNodeClient(url, token), set, clock }));
  const lead = new AdaptiveLead(durationNs(BigInt(Math.round(config.AGGREGATOR_LEAD_MS * 1e6))), set.policy.maxLead);
  const rounds = new Rounds({
    set,
    nodes,
    book,
    lead,
    clock,
    log,
    heartbeat: durationNs(BigInt(config.AGGREGATOR_HEARTBEAT_MS) * NS_PER_MS),
    timeoutMs: config.AGGREGATOR_NODE_TIMEOUT_MS,
    keepEvidence: keep,
    random: Math.random,
  });
  const batcher = new LeafBatcher({
    clock,
    certify: (time, root, signal) => certifyOnce(rounds, time, root, signal),
    after: callAfter,
  });
  const stream = new CertificateStream(book);
  const server = createHttpServer({
    log,
    name: "aggregator",
    host: config.AGGREGATOR_HOST,
    port: config.AGGREGATOR_PORT,
    notReady: () => rounds.trouble,
  });
  addAggregatorRoutes({ server, clock, set, nodes, book, stream, rounds, batcher, lead });
  shutdown.onStop("http", () => server.close());
  shutdown.onStop("stream", () => stream.close());
  const port = await server.listen();
  const running = rounds.run().catch(fail);
  const refresh = setInterval(() => void rounds.catchUp(INFO_TIMEOUT_MS).catch(fail), REFRESH_MS);
  shutdown.onStop("rounds", async () => {
    clearInterval(refresh);
    rounds.stop();
    await running;
  });
  shutdown.onStop("leaves", () => batcher.stop());
  log.info(
    { port, nodes: nodes.length, networkId: set.networkId },
    `aggregator serves on http://${config.AGGREGATOR_HOST}:${port}`,
  );
}

function evidenceKeeper(path: string): (evidence: Evidence) => void {
  let kept = 0;
  return (evidence) => {
    if (++kept <= MAX_EVIDENCE) keepEvidence(path, evidence);
  };
}
