import { setImmediate as nextTurn } from "node:timers/promises";
import {
  ChronoError,
  hashLeaves,
  LEAF_BYTES,
  LeafBatchResponse,
  MAX_BLOCK_LEAVES,
  type NodeSet,
} from "@chronoledger/core";
import { Gauge, Histogram, type HttpServer, opensslSha256 } from "@chronoledger/service";
import type { FastifyInstance } from "fastify";
import { goneSignal } from "./gone-signal.ts";
import type { LeafBatcher } from "./leaf-batcher.ts";
import { parseLeafBlock } from "./leaf-block.ts";
import type { Rounds } from "./rounds.ts";

const BODY_LIMIT_BYTES = LEAF_BYTES * MAX_BLOCK_LEAVES;
/** Hashed in one turn of the event loop: some two milliseconds, which a round under way does not feel. */
const SLICE_LEAVES = 4_096;

export type LeafRoutes = {
  readonly server: HttpServer;
  readonly set: NodeSet;
  readonly rounds: Pick<Rounds, "now">;
  readonly batcher: LeafBatcher;
};

/** POST /v1/leaves, with its own body parser, limit and metrics. */
export function addLeafRoutes({ server, set, rounds, batcher }: LeafRoutes): void {
  addMetrics(server, batcher);
  void server.app.register(async (scope: FastifyInstance) => {
    scope.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_, body, done) => done(null, body));
    scope.setErrorHandler((error) => {
      const tooLarge = (error as { statusCode?: number }).statusCode === 413;
      throw tooLarge ? new ChronoError("input/too-large", { limitBytes: BODY_LIMIT_BYTES }) : error;
    });
    scope.post("/v1/leaves", { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
      const now = rounds.now();
      if (now === undefined) throw new ChronoError("clock/not-available", { reason: "no node states a time" });
      const gone = goneSignal(reply);
      const block = parseLeafBlock(request.body, now, set.policy);
      const hashes = await hashInSlices(block.leaves);
      return LeafBatchResponse.encode(await batcher.submit(block, hashes, now, gone));
    });
  });
}

async function hashInSlices(leaves: Uint8Array): Promise<Uint8Array> {
  const step = LEAF_BYTES * SLICE_LEAVES;
  const parts: Uint8Array[] = [];
  for (let from = 0; from < leaves.length; from += step) {
    if (from > 0) await nextTurn();
    parts.push(hashLeaves(leaves.subarray(from, from + step), opensslSha256));
  }
  return Buffer.concat(parts);
}

function addMetrics(server: HttpServer, batcher: LeafBatcher): void {
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
  gauge("aggregator_leaves_total", "Leaves certified for senders of blocks", () => batcher.leaves);
  gauge("aggregator_leaf_batches_total", "Trees of leaves certified", () => batcher.batches);
  gauge("aggregator_leaves_waiting", "Leaves not yet answered", () => batcher.unanswered);
  gauge("aggregator_leaf_pause_seconds", "Pause between two batches", () => Number(batcher.pause) / 1e9);
  const perBatch = new Histogram({
    name: "aggregator_leaves_per_batch",
    help: "Leaves in one tree",
    buckets: [1, 10, 100, 1_000, 10_000, 100_000],
    registers,
  });
  batcher.onBatch((leaves) => perBatch.observe(leaves));
}
