import { randomBytes } from "node:crypto";
import autocannon from "autocannon";
import { GatewayNetwork } from "../support/gateway-network.ts";
import { runOpenLoop } from "./open-loop.ts";

/** Single stamps a second, evenly spread over clients who know nothing of one another. */
const RATE = 5_250;
const SINGLES = 10 * RATE;
const WARM_UP = { rate: 2_000, amount: 10_000 };
/** Most single requests under way at once. */
const CONNECTIONS = 600;
const BATCH_CONNECTIONS = 4;
const LEAVES_A_BATCH = 5_000;
const BATCHES = 120;

const credentials = (key: string) => ({
  authorization: `Bearer ${key}`,
  "content-type": "application/json",
  "idempotency-key": randomBytes(16).toString("base64url"),
});

/** One stamp with an imprint and an Idempotency-Key of its own, as it goes over the wire. */
function singleRequest(key: string): string {
  const body = JSON.stringify({ imprint: randomBytes(32).toString("base64url") });
  const headers = { host: "127.0.0.1", ...credentials(key), "content-length": String(body.length) };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `POST /v1/stamps HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n${body}`;
}

const batchRequest = (key: string, body: string): autocannon.Request => ({
  method: "POST",
  path: "/v1/stamps/batch",
  setupRequest: (request) => ({ ...request, headers: credentials(key), body }),
});

function load(
  url: string,
  amount: number,
  connections: number,
  request: autocannon.Request,
): Promise<autocannon.Result> {
  return new Promise((resolve, reject) => {
    autocannon({ url, amount, connections, requests: [request], timeout: 30 }, (error, result) =>
      error === null || error === undefined ? resolve(result) : reject(error),
    );
  });
}

/**
 * Authenticated stamps over HTTP, each with its whole proof, from a real network of four nodes, an aggregator and a gateway on the
 * embedded database (or the server that DATABASE_URL names); then leaves through the batch call. What was charged is compared with
 * what was answered.
 */
export async function run({
  progress,
}: {
  progress: (line: string) => void;
}): Promise<Record<string, number | boolean>> {
  const { DATABASE_URL } = process.env;
  const network = new GatewayNetwork(DATABASE_URL === undefined ? {} : { DATABASE_URL }, { heartbeatMs: 500 });
  try {
    await network.start();
    const { url } = network.gateway;
    const key = await network.account("regulatory");
    const { hostname: host, port } = new URL(url);
    const target = { host, port: Number(port), connections: CONNECTIONS, request: () => singleRequest(key) };
    progress(`warming up with ${WARM_UP.amount} stamps`);
    const warm = await runOpenLoop({ ...target, ...WARM_UP });
    progress(`${SINGLES} stamps, ${RATE} a second`);
    const singles = await runOpenLoop({ ...target, rate: RATE, amount: SINGLES });
    const stamped = warm.ok + singles.ok;
    const afterSingles = (await network.usage(key))["stamp.precise"] ?? 0;

    const imprints = Array.from({ length: LEAVES_A_BATCH }, () => randomBytes(32).toString("base64url"));
    const body = JSON.stringify({ imprints });
    progress(`${BATCHES} batches of ${LEAVES_A_BATCH} over ${BATCH_CONNECTIONS} connections`);
    const batches = await load(url, BATCHES, BATCH_CONNECTIONS, batchRequest(key, body));
    const leaves = batches["2xx"] * LEAVES_A_BATCH;
    const charged = ((await network.usage(key))["stamp.precise"] ?? 0) - afterSingles;
    if (singles.refused > 0) progress(`${singles.refused} single stamps were refused`);
    if (batches.non2xx + batches.errors > 0) progress(`${batches.non2xx + batches.errors} batches were refused`);
    const latencies = singles.latenciesMs.toSorted();
    const percentile = (part: number) =>
      Math.round((latencies[Math.floor(part * (latencies.length - 1))] ?? 0) * 10) / 10;
    return {
      stampsPerSecond: Math.round(singles.ok / singles.seconds),
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      leavesPerSecond: Math.round(leaves / batches.duration),
      meteredExactly: afterSingles === stamped && charged === leaves,
    };
  } finally {
    await network.stop();
  }
}
