import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DemandRequest,
  DemandResponse,
  NS_PER_MS,
  RelayerStatus,
  registrationStatement,
  toTai,
  ZERO_HASH,
} from "@chronoledger/core";
import { createSystemClock, requestJson } from "@chronoledger/service";
import { clockAddress } from "@chronoledger/solana";
import type { Keypair } from "@solana/web3.js";
import { OracleNetwork } from "../support/oracle-network.ts";
import { ServiceProcess } from "../support/service-process.ts";
import { type SolanaChain, startSolanaChain } from "../support/solana-chain.ts";
import { until } from "../support/until.ts";

const ENTRY = fileURLToPath(new URL("../../oracle/relayer/src/solana-main.ts", import.meta.url));
const SLOT_MS = 100;
const TAI_MINUS_UTC = 37;
const clock = createSystemClock();
const ask = { timeoutMs: 5_000, unreachable: "process/failed" } as const;

describe("the Solana relayer between a real oracle and a local Solana", () => {
  const network = new OracleNetwork({ heartbeatMs: 200 });
  let chain: SolanaChain;
  let account: Keypair;
  let relayer: ServiceProcess;

  const status = () => requestJson(`${relayer.url}/v1/status`, { ...ask, schema: RelayerStatus });
  const demand = (timeUtcNs: bigint) =>
    requestJson(`${relayer.url}/v1/demands`, {
      ...ask,
      schema: DemandResponse,
      body: DemandRequest.encode({ timeUtcNs }),
    });
  const readiness = async (): Promise<string | undefined> =>
    ((await (await fetch(`${relayer.url}/readyz`)).json()) as { reason?: string }).reason;
  const untilStored = (utc: bigint) =>
    until("the instant on chain", () => {
      const { time } = chain.stored();
      return time >= toTai(utc as never, TAI_MINUS_UTC) ? time : undefined;
    });

  before(async () => {
    await network.start();
    const { networkId, epoch } = network.set;
    const proofs = await Promise.all(
      network.signers.map((signer) =>
        signer.sign(registrationStatement({ networkId, epoch, key: signer.publicKey, evidence: ZERO_HASH })),
      ),
    );
    chain = await startSolanaChain({ quorum: { set: network.set, proofs }, slotMs: SLOT_MS });
    account = chain.account();
    const keyFile = join(network.folder, "relayer.json");
    writeFileSync(keyFile, JSON.stringify([...account.secretKey]));
    relayer = new ServiceProcess(ENTRY, "RELAYER_PORT", {
      RELAYER_RPC_URL: chain.url,
      RELAYER_KEY_FILE: keyFile,
      RELAYER_AGGREGATOR_URL: network.aggregator.url,
      RELAYER_NODE_SET_FILE: network.nodeSetFile,
      RELAYER_DATA_DIR: join(network.folder, "relayer"),
      RELAYER_HEARTBEAT_MS: "60000",
      RELAYER_SLOT_MS: String(SLOT_MS),
    });
    await relayer.start();
  });
  after(async () => {
    await relayer?.stop();
    await chain?.stop();
    await network.stop();
  });

  it("puts attested time on chain, and tells of it", async () => {
    await until("the first certificate on chain", async () => (await status()).submitted >= 1);
    const told = await status();
    assert.equal(told.chain, "solana");
    assert.equal(told.oracle, clockAddress(chain.program.programId).toBase58());
    assert.equal(told.account, account.publicKey.toBase58());
    await until("its status to follow", async () => (await status()).lastSequence === chain.stored().sequence);
    assert.equal(await readiness(), undefined);
  });

  it("serves a demand with the certificate of exactly that instant", () =>
    until("an instant that nodes on a busy machine kept", async () => {
      const instant = clock.utcNow() + 600n * NS_PER_MS + 3n;
      await demand(instant);
      return (await untilStored(instant)) === toTai(instant as never, TAI_MINUS_UTC);
    }));

  it("serves a demand though its transactions are dropped and the blocks are abandoned", async () => {
    chain.local.dropNext(2);
    const instant = clock.utcNow();
    await demand(instant);
    await untilStored(instant);
    chain.local.fork(5);
    await untilStored(instant);
  });

  it("says that the chain is gone, and goes on when it is back", async () => {
    chain.local.stopAnswering();
    await until("not ready", async () => /rpc\/unavailable/.test((await readiness()) ?? ""));
    const instant = clock.utcNow();
    await demand(instant);
    chain.local.resumeAnswering();
    await untilStored(instant);
    await until("ready", async () => (await readiness()) === undefined);
  });

  it("goes on after it was killed in the middle", async () => {
    const instant = clock.utcNow() + 50n * NS_PER_MS;
    await demand(instant);
    await relayer.stop("SIGKILL");
    await relayer.start();
    await demand(instant);
    await untilStored(instant);
    assert.equal(await relayer.stop("SIGTERM"), 0);
  });
});
