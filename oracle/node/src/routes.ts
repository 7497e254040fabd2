import {
  CosignRequest,
  CosignResponse,
  FLAG,
  type NodeInfo as Info,
  isChronoError,
  NodeInfo,
  type NodeSet,
  ZERO_HASH,
} from "@chronoledger/core";
import {
  type Clock,
  Counter,
  Gauge,
  Histogram,
  type HttpServer,
  type Logger,
  limitRate,
  parseInput,
} from "@chronoledger/service";
import type { CertificateMemory } from "./certificate-memory.ts";
import type { Cosigner } from "./cosigner.ts";
import type { Discipline } from "./discipline.ts";

const RATE_LIMIT = { perSecond: 2_000, burst: 2_000 };

export type NodeRoutes = {
  readonly server: HttpServer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly set: NodeSet;
  readonly index: number;
  readonly cosigner: Cosigner;
  readonly discipline: Discipline;
  readonly memory: CertificateMemory;
};

/** POST /v1/cosign and GET /v1/info, with metrics. */
export function addNodeRoutes(routes: NodeRoutes): void {
  const { server, log, cosigner, index } = routes;
  const { refused, signed } = addMetrics(routes);
  limitRate(server.app, routes.clock, RATE_LIMIT);
  server.app.post("/v1/cosign", async (request) => {
    const stop = signed.startTimer();
    try {
      const signature = await cosigner.cosign(parseInput(CosignRequest, request.body));
      stop();
      return CosignResponse.encode({ signature, index });
    } catch (error) {
      const code = isChronoError(error) ? error.code : "internal/unexpected";
      refused.inc({ code });
      log.debug({ code, err: error }, "refused to co-sign");
      throw error;
    }
  });
  server.app.get("/v1/info", { config: { public: true } }, () => NodeInfo.encode(infoOf(routes)));
}

function infoOf({ set, index, cosigner, discipline, memory }: NodeRoutes): Info {
  const standing = cosigner.standing();
  const now = readingOf(discipline);
  return {
    networkId: set.networkId,
    epoch: set.epoch,
    policyId: set.policy.policyId,
    index,
    key: set.keys[index] ?? new Uint8Array(64),
    test: (discipline.flags & FLAG.test) !== 0,
    flags: now?.flags ?? discipline.flags,
    anchor: ZERO_HASH,
    reading:
      now === null ? null : { timeTaiNs: now.time, uncertaintyNs: now.uncertainty, taiMinusUtc: now.taiMinusUtc },
    sources: [...discipline.sources],
    lastCosigned: { sequence: standing.sequence, timeTaiNs: standing.time },
    lastCertificate: memory.newest?.bytes ?? null,
  };
}

/** Null while the node does not state a time. */
function readingOf(discipline: Discipline) {
  try {
    return discipline.reading();
  } catch (error) {
    if (isChronoError(error) && error.code === "clock/not-available") return null;
    throw error;
  }
}

function addMetrics({ server, cosigner, discipline, memory }: NodeRoutes) {
  const registers = [server.metrics];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("tmn_uncertainty_seconds", "Half width of the reading; NaN while there is none", () => {
    const reading = readingOf(discipline);
    return reading === null ? Number.NaN : Number(reading.uncertainty) / 1e9;
  });
  gauge("tmn_clock_steps_total", "How often the machine's clock was set", () => discipline.steps);
  gauge(
    "tmn_conflicting_certificates_total",
    "Pairs of valid certificates that contradict one another",
    () => memory.conflicts,
  );
  gauge("tmn_waiting", "Appointments being waited for", () => cosigner.waiting);
  const refused = new Counter({
    name: "tmn_refused_total",
    help: "Statements not co-signed, by reason",
    labelNames: ["code"],
    registers,
  });
  const signed = new Histogram({
    name: "tmn_cosign_seconds",
    help: "Receipt to signature, the wait for the instant included",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  });
  return { refused, signed };
}
