import { randomBytes } from "node:crypto";
import autocannon from "autocannon";
import { GatewayNetwork } from "../support/gateway-network.ts";

/** Connections that ask for one stamp after another. */
const CONNECTIONS = 150;
const SINGLES = 60_000;
const WARM_UP = 12_000;
const BATCH_CONNECTIONS = 4;
const LEAVES_A_BATCH = 5_000;
const BATCHES = 120;

/** Requests with an imprint and an Idempotency-Key of their own. */
const stampRequest = (key: string, body: () => string, path: string): autocannon.Request => ({
  method: "POST",
  path,
  setupRequest: (request) => ({
    ...request,
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "idempotency-key": randomBytes(16).toString("base64url"),
    },
    body: body(),
  }),
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
    const single = stampRequest(
      key,
      () => JSON.stringify({ imprint: randomBytes(32).toString("base64url") }),
      "/v1/stamps",
    );
    progress(`warming up with ${WARM_UP} stamps`);
    const warm = await load(url, WARM_UP, CONNECTIONS, single);
    progress(`${SINGLES} stamps over ${CONNECTIONS} connections`);
    const singles = await load(url, SINGLES, CONNECTIONS, single);
    const stamped = warm["2xx"] + singles["2xx"];
    const afterSingles = (await network.usage(key))["stamp.precise"] ?? 0;

    const imprints = Array.from({ length: LEAVES_A_BATCH }, () => randomBytes(32).toString("base64url"));
    const body = JSON.stringify({ imprints });
    progress(`${BATCHES} batches of ${LEAVES_A_BATCH} over ${BATCH_CONNECTIONS} connections`);
    const batches = await load(
      url,
      BATCHES,
      BATCH_CONNECTIONS,
      stampRequest(key, () => body, "/v1/stamps/batch"),
    );
    const leaves = batches["2xx"] * LEAVES_A_BATCH;
    const charged = ((await network.usage(key))["stamp.precise"] ?? 0) - afterSingles;
    for (const [name, result] of [
      ["single", singles],
      ["batch", batches],
    ] as const)
      if (result.non2xx + result.errors > 0)
        progress(`${name}: ${result.non2xx} refused, ${result.errors} without an answer`);
    return {
      stampsPerSecond: Math.round(singles["2xx"] / singles.duration),
      p50Ms: singles.latency.p50,
      p99Ms: singles.latency.p99,
      leavesPerSecond: Math.round(leaves / batches.duration),
      meteredExactly: afterSingles === stamped && charged === leaves,
    };
  } finally {
    await network.stop();
  }
}
