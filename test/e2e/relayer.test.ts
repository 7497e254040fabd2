import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chronoOracleAbi } from "@chronoledger/bindings";
import { DemandRequest, DemandResponse, NS_PER_MS, nodeSetToJson, RelayerStatus } from "@chronoledger/core";
import { createSystemClock, requestJson } from "@chronoledger/service";
import { createPublicClient, http, type PublicClient } from "viem";
import { OracleNetwork } from "../support/oracle-network.ts";
import { RelayedChain } from "../support/relayed-chain.ts";
import { until } from "../support/until.ts";

const clock = createSystemClock();
const ask = { timeoutMs: 5_000, unreachable: "process/failed" } as const;

describe("the relayer between a real oracle and a real chain", () => {
  const network = new OracleNetwork({ heartbeatMs: 200 });
  let chain: RelayedChain;
  let client: PublicClient;

  const status = () => requestJson(`${chain.relayer.url}/v1/status`, { ...ask, schema: RelayerStatus });
  const demand = (timeUtcNs: bigint) =>
    requestJson(`${chain.relayer.url}/v1/demands`, {
      ...ask,
      schema: DemandResponse,
      body: DemandRequest.encode({ timeUtcNs }),
    });
  const stored = () => client.readContract({ abi: chronoOracleAbi, address: chain.oracle, functionName: "latest" });
  const readiness = async (): Promise<string | undefined> =>
    ((await (await fetch(`${chain.relayer.url}/readyz`)).json()) as { reason?: string }).reason;
  const rpc = (method: string, params: unknown[]) => client.request({ method, params } as never);

  before(async () => {
    await network.start();
    chain = await RelayedChain.start(network, { blockTime: 0.5, heartbeatMs: 60_000 });
    client = createPublicClient({ transport: http(chain.anvil.rpcUrl), cacheTime: 0 });
    await chain.relayer.start();
  });
  after(async () => {
    await chain?.stop();
    await network.stop();
  });

  it("puts attested time on chain", async () => {
    await until("the first certificate on chain", async () => (await status()).submitted >= 1);
    const reading = await stored();
    assert.ok(reading.sequence > 0n);
    assert.equal(reading.taiMinusUtc, 37);
    await until("the status to follow", async () => (await status()).lastSequence === reading.sequence);
    assert.equal(await readiness(), undefined);
  });

  it("serves a demand with the certificate of exactly that instant", () =>
    until("an instant that nodes on a busy machine kept", async () => {
      const instant = clock.utcNow() + 600n * NS_PER_MS + 3n;
      await demand(instant);
      await demand(instant);
      const reading = await until("the instant on chain", async () => {
        const now = await stored();
        return now.timeUtcNs >= instant ? now : undefined;
      });
      return reading.timeUtcNs === instant;
    }));

  it("serves a demand for an instant that has passed with what exists", async () => {
    const instant = clock.utcNow();
    await demand(instant);
    await until("the instant on chain", async () => (await stored()).timeUtcNs >= instant);
  });

  it("refuses a demand that is malformed or a year ahead", async () => {
    await assert.rejects(demand(clock.utcNow() + 365n * 86_400_000n * NS_PER_MS), { code: "input/out-of-range" });
    const response = await fetch(`${chain.relayer.url}/v1/demands`, {
      method: "POST",
      body: '{"timeUtcNs":5}',
      headers: { "content-type": "application/json" },
    });
    assert.equal(((await response.json()) as { code: string }).code, "input/malformed");
  });

  it("brings a certificate back that a reorganisation took from the chain", async () => {
    const instant = clock.utcNow();
    await demand(instant);
    const before = await until("the instant on chain", async () => {
      const now = await stored();
      return now.timeUtcNs >= instant ? now : undefined;
    });
    await rpc("anvil_reorg", [2, []]);
    await until("the time back on chain", async () => (await stored()).sequence >= before.sequence);
  });

  it("says that the aggregator is gone, keeps running, and goes on when it is back", async () => {
    await network.aggregator.stop("SIGKILL");
    await until("not ready", async () => /aggregator cannot be reached/.test((await readiness()) ?? ""));
    const instant = clock.utcNow() + 100n * NS_PER_MS;
    await demand(instant);
    await network.aggregator.start();
    await until("the instant on chain", async () => (await stored()).timeUtcNs >= instant, 20_000);
  });

  it("goes on after it was killed in the middle, without sending anything twice", async () => {
    const instant = clock.utcNow() + 50n * NS_PER_MS;
    await demand(instant);
    await chain.relayer.stop("SIGKILL");
    await chain.relayer.start();
    await demand(instant);
    await until("the instant on chain", async () => (await stored()).timeUtcNs >= instant, 20_000);
    assert.equal((await status()).failed, 0);
  });

  it("waits for a chain that stands still, and goes on with it", async () => {
    process.kill(chain.anvil.pid, "SIGSTOP");
    const instant = clock.utcNow();
    try {
      await demand(instant);
    } finally {
      process.kill(chain.anvil.pid, "SIGCONT");
    }
    await until("the instant on chain", async () => (await stored()).timeUtcNs >= instant, 20_000);
  });

  it("refuses another chain, and a node set of another network is of no use to it", async () => {
    await chain.relayer.stop("SIGTERM");
    await assert.rejects(chain.another({ RELAYER_CHAIN_ID: "1" }).untilEnded(), /rpc\/chain-mismatch/);
    const file = join(network.folder, "other.json");
    writeFileSync(file, JSON.stringify({ ...nodeSetToJson(network.set), networkId: 99 }));
    const other = chain.another({ RELAYER_NODE_SET_FILE: file });
    await other.start();
    await until("a refused certificate", () => other.lines.some((line) => line.includes("statement/network")));
    await other.stop();
  });

  it("says that the chain is gone when it dies", async () => {
    await chain.relayer.start();
    await until("ready", async () => (await readiness()) === undefined, 20_000);
    await chain.anvil.stop();
    await until("not ready", async () => /rpc\/unavailable/.test((await readiness()) ?? ""), 20_000);
    assert.equal(await chain.relayer.stop("SIGTERM"), 0);
  });
});
