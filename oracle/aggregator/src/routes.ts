import {
  AggregatorStatus,
  AppointmentRequest,
  CertificateEntry,
  CertificateList,
  ChronoError,
  type NodeSet,
  NS_PER_S,
  nodeSetToJson,
  taiNs,
  U64,
} from "@chronoledger/core";
import { type Clock, Gauge, type HttpServer, limitRate, parseInput } from "@chronoledger/service";
import type { FastifyRequest } from "fastify";
import * as z from "zod";
import type { CertificateBook } from "./certificate-book.ts";
import type { CertificateStream } from "./certificate-stream.ts";
import { goneSignal } from "./gone-signal.ts";
import type { AdaptiveLead } from "./lead.ts";
import type { LeafBatcher } from "./leaf-batcher.ts";
import { addLeafRoutes } from "./leaf-routes.ts";
import type { NodeTracker } from "./node-tracker.ts";
import type { Rounds } from "./rounds.ts";

const RATE_LIMIT = { perSecond: 500, burst: 1_000 };
/** The answer waits for the instant: longer than most HTTP clients wait makes no sense. */
const MAX_AHEAD_NS = 240n * NS_PER_S;

const ListQuery = z.object({ after: U64.prefault("0"), limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const StreamQuery = z.object({ after: U64.optional() });

export type AggregatorRoutes = {
  readonly server: HttpServer;
  readonly clock: Clock;
  readonly set: NodeSet;
  readonly nodes: readonly NodeTracker[];
  readonly book: CertificateBook;
  readonly stream: CertificateStream;
  readonly rounds: Rounds;
  readonly batcher: LeafBatcher;
  readonly lead: AdaptiveLead;
};

/** The HTTP interface of core's wire/aggregator-api.ts, with metrics. */
export function addAggregatorRoutes(routes: AggregatorRoutes): void {
  const { server, book, stream, rounds, set } = routes;
  addMetrics(routes);
  limitRate(server.app, routes.clock, RATE_LIMIT);
  addLeafRoutes(routes);
  server.app.get("/v1/certificates/latest", () => {
    const latest = book.log.latest;
    if (latest === undefined) throw new ChronoError("input/not-found", { what: "there is no certificate yet" });
    return CertificateEntry.encode(latest);
  });
  server.app.get("/v1/certificates", (request) => {
    const { after, limit } = parseInput(ListQuery, request.query);
    return CertificateList.encode({ certificates: book.log.after(after, limit) });
  });
  server.app.get("/v1/certificates/stream", (request, reply) => {
    if (stream.isFull) throw new ChronoError("rate/limited", { readers: stream.readers });
    return stream.serve(reply, resumeAfter(request));
  });
  server.app.post("/v1/appointments", async (request, reply) => {
    const { timeTaiNs, imprint } = parseInput(AppointmentRequest, request.body);
    const now = rounds.now();
    if (now === undefined) throw new ChronoError("clock/not-available", { reason: "no node states a time" });
    if (timeTaiNs > now + MAX_AHEAD_NS)
      throw new ChronoError("input/out-of-range", { timeTaiNs: String(timeTaiNs), latest: String(now + MAX_AHEAD_NS) });
    return CertificateEntry.encode(await rounds.appoint(taiNs(timeTaiNs), imprint, goneSignal(reply)));
  });
  server.app.get("/v1/status", () => AggregatorStatus.encode(statusOf(routes)));
  server.app.get("/v1/node-set", () => nodeSetToJson(set));
}

/** A header of the browser's own reconnecting wins over the query. */
function resumeAfter(request: FastifyRequest): bigint | undefined {
  const header = request.headers["last-event-id"];
  if (typeof header === "string") return parseInput(U64, header);
  return parseInput(StreamQuery, request.query).after;
}

function statusOf({ set, nodes, book, rounds, batcher, lead }: AggregatorRoutes): z.output<typeof AggregatorStatus> {
  return {
    networkId: set.networkId,
    epoch: set.epoch,
    certificates: book.log.count,
    leaves: batcher.leaves,
    roundsFailed: rounds.failed,
    conflicts: book.conflicts,
    leadNs: lead.value,
    latest: book.log.latest ?? null,
    uncertaintyNs: book.latest?.fields.uncertainty ?? null,
    nodes: nodes.map((node) => node.status()),
  };
}

function addMetrics({ server, nodes, book, stream, rounds, lead }: AggregatorRoutes): void {
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
  gauge("aggregator_certificates_total", "Certificates in the log", () => book.log.count);
  gauge("aggregator_rounds_failed_total", "Rounds without a quorum", () => rounds.failed);
  gauge(
    "aggregator_conflicting_certificates_total",
    "Pairs of valid certificates that contradict one another",
    () => book.conflicts,
  );
  gauge("aggregator_lead_seconds", "How far ahead an instant is appointed", () => Number(lead.value) / 1e9);
  gauge("aggregator_appointments_waiting", "Appointments not yet kept", () => rounds.waiting);
  gauge("aggregator_stream_readers", "Readers of the certificate stream", () => stream.readers);
  gauge("aggregator_stream_dropped_total", "Readers dropped because they were slow", () => stream.dropped);
  new Gauge({
    name: "aggregator_node_healthy",
    help: "1 while the node answers as it should",
    labelNames: ["node"],
    registers,
    collect() {
      for (const node of nodes) this.set({ node: String(node.index) }, node.status().state === "healthy" ? 1 : 0);
    },
  });
}
