import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AggregatorStatus,
  AppointmentRequest,
  CertificateEntry,
  NS_PER_MS,
  NS_PER_S,
  type TaiNs,
  taiNs,
} from "@chronoledger/core";
import { createSystemClock, requestJson } from "@chronoledger/service";
import { CosignJournal } from "../../oracle/node/src/cosign-journal.ts";
import { OracleNetwork } from "../support/oracle-network.ts";
import { until } from "../support/until.ts";

const ROUNDS_FOR_MS = 4_000;
const APPOINTMENTS = 200;
const AHEAD_NS = 60n * NS_PER_MS;
const JOURNAL_RECORDS = 1_000;

const clock = createSystemClock();
const taiNow = (): bigint => clock.utcNow() + 37n * NS_PER_S;
const ask = { timeoutMs: 10_000, unreachable: "process/failed" } as const;

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const round = (value: number): number => Math.round(value * 1_000) / 1_000;

async function withNetwork<Result>(heartbeatMs: number, work: (url: string) => Promise<Result>): Promise<Result> {
  const network = new OracleNetwork({ heartbeatMs, maxLeadMs: 2_000 });
  try {
    await network.start();
    const { url } = network.aggregator;
    await until("the first certificates", async () => (await statusOf(url)).certificates > 5);
    return await work(url);
  } finally {
    await network.stop();
  }
}

const statusOf = (url: string) => requestJson(`${url}/v1/status`, { ...ask, schema: AggregatorStatus });

async function roundsPerSecond(url: string): Promise<number> {
  const [before, start] = [await statusOf(url), clock.monotonicNow()];
  await new Promise((resolve) => setTimeout(resolve, ROUNDS_FOR_MS));
  const [after, end] = [await statusOf(url), clock.monotonicNow()];
  return (after.certificates - before.certificates) / (Number(end - start) / 1e9);
}

/** From the appointed instant to the certificate in the client's hands, in milliseconds, ascending; and how many were exact. */
async function appointments(url: string): Promise<{ delays: number[]; exact: number }> {
  const delays: number[] = [];
  let exact = 0;
  for (let i = 0; i < APPOINTMENTS; i++) {
    const timeTaiNs = taiNow() + AHEAD_NS + BigInt(i * 7_919 + 1);
    const entry = await requestJson(`${url}/v1/appointments`, {
      ...ask,
      schema: CertificateEntry,
      body: AppointmentRequest.encode({ timeTaiNs }),
    });
    delays.push(Number(taiNow() - timeTaiNs) / 1e6);
    if (entry.timeTaiNs === timeTaiNs) exact++;
  }
  return { delays: delays.sort((a, b) => a - b), exact };
}

/** What making one binding durable costs, in milliseconds, ascending. */
function journalWrites(): number[] {
  const folder = mkdtempSync(join(tmpdir(), "chrono-bench-"));
  try {
    const journal = CosignJournal.open(join(folder, "journal"), 1);
    const digest = new Uint8Array(32);
    const costs = Array.from({ length: JOURNAL_RECORDS }, (_, i) => {
      const start = clock.monotonicNow();
      journal.append({ sequence: BigInt(i + 1), time: taiNs(BigInt(i + 1)) as TaiNs, knownCertificate: 0n, digest });
      return Number(clock.monotonicNow() - start) / 1e6;
    });
    journal.close();
    return costs.sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Four nodes and an aggregator, each a process, on this machine's own clock. */
export async function run({
  progress,
}: {
  json: boolean;
  progress: (line: string) => void;
}): Promise<Record<string, number>> {
  progress("durable records of one node");
  const writes = journalWrites();
  progress("rounds back to back");
  const rate = await withNetwork(1, roundsPerSecond);
  progress("appointments one after another");
  const { delays, exact } = await withNetwork(500, appointments);
  return {
    nodes: 4,
    roundsPerSecond: round(rate),
    appointments: delays.length,
    exact: exact / delays.length,
    certificateP50Ms: round(percentile(delays, 0.5)),
    certificateP99Ms: round(percentile(delays, 0.99)),
    durableP50Ms: round(percentile(writes, 0.5)),
    durableP99Ms: round(percentile(writes, 0.99)),
  };
}
