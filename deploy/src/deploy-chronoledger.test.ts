import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chronoOracleAbi,
  chronoRegistryAbi,
  chronoSchedulerAbi,
  ORACLE_ADDRESS,
  REGISTRY_ADDRESS,
} from "@chronoledger/bindings";
import { isChronoError, type TaiNs } from "@chronoledger/core";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../../test/support/anvil.ts";
import { newQuorum } from "../../test/support/quorum.ts";
import { type DeployOptions, deployChronoLedger } from "./deploy-chronoledger.ts";
import { readNetworkAddresses } from "./network-addresses.ts";

const NOW_UTC_NS = 1_800_000_000_000_000_000n;

describe("deployChronoLedger", function () {
  this.timeout(30_000);
  const quorum = newQuorum({ n: 4 });
  let anvil: Anvil;
  let folder: string;
  let options: DeployOptions;

  before(async () => {
    anvil = await startAnvil({ args: ["--timestamp", String(NOW_UTC_NS / 1_000_000_000n)] });
    folder = mkdtempSync(join(tmpdir(), "chrono-deploy-"));
    options = {
      rpcUrl: anvil.rpcUrl,
      deployerKey: ANVIL_KEYS[0],
      impersonateOwner: true,
      nodeSet: quorum.set,
      proofsOfPossession: quorum.proofs,
      deploymentDir: join(folder, "journal"),
      addressesDir: join(folder, "addresses"),
      networkName: "test",
      pollingMs: 20,
    };
  });
  after(async () => {
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const client = () => createPublicClient({ transport: http(anvil.rpcUrl) });
  const refusal = (code: string) => (error: unknown) => isChronoError(error) && error.code === code;

  it("refuses to act as the genesis owner unless told to, after placing the contracts", async () => {
    await assert.rejects(deployChronoLedger({ ...options, impersonateOwner: false }), refusal("config/invalid"));
    assert.ok(await client().getCode({ address: ORACLE_ADDRESS }));
  });

  it("goes on where a failed run stopped: the oracle stands at its address and knows the node set", async () => {
    const deployed = await deployChronoLedger(options);
    assert.equal(deployed.oracle, ORACLE_ADDRESS);
    assert.equal(deployed.registry, REGISTRY_ADDRESS);
    assert.equal(deployed.changed, true);
    const { changed: _, ...addresses } = deployed;
    assert.deepEqual(readNetworkAddresses(join(folder, "addresses", "test.json")), addresses);
    const epoch = await client().readContract({
      address: REGISTRY_ADDRESS,
      abi: chronoRegistryAbi,
      functionName: "epochOf",
      args: [1],
    });
    assert.deepEqual([epoch.k, epoch.n, epoch.f], [3, 4, 1]);
    const oracle = await client().readContract({
      address: deployed.scheduler,
      abi: chronoSchedulerAbi,
      functionName: "oracle",
    });
    assert.equal(oracle, ORACLE_ADDRESS);
  });

  it("makes a chain whose oracle accepts a certificate of the deployed set", async () => {
    const time = (NOW_UTC_NS + 37_000_000_000n) as TaiNs;
    const certificate = quorum.certify({ time, sequence: 1n });
    const writer = createWalletClient({ transport: http(anvil.rpcUrl), account: privateKeyToAccount(ANVIL_KEYS[1]) });
    const hash = await writer.writeContract({
      address: ORACLE_ADDRESS,
      abi: chronoOracleAbi,
      functionName: "submit",
      args: [certificate.statement, certificate.signers, certificate.signatures],
      chain: null,
    });
    await client().waitForTransactionReceipt({ hash, pollingInterval: 20 });
    const latest = await client().readContract({
      address: ORACLE_ADDRESS,
      abi: chronoOracleAbi,
      functionName: "latest",
    });
    assert.deepEqual([latest.timeTaiNs, latest.timeUtcNs, latest.sequence], [time, NOW_UTC_NS, 1n]);
  });

  it("does nothing the second time", async () => {
    const before = await client().getBlockNumber({ cacheTime: 0 });
    assert.equal((await deployChronoLedger(options)).changed, false);
    assert.equal(await client().getBlockNumber({ cacheTime: 0 }), before);
  });

  it("finds the contracts that somebody else placed, without a journal or an address file", async () => {
    const elsewhere = { ...options, deploymentDir: join(folder, "journal-2"), networkName: "test-2" };
    const deployed = await deployChronoLedger(elsewhere);
    assert.equal(deployed.oracle, ORACLE_ADDRESS);
    assert.equal((await deployChronoLedger(elsewhere)).changed, false);
  });

  it("refuses another node set for the same epoch", async () => {
    const other = newQuorum({ n: 4 });
    await assert.rejects(
      deployChronoLedger({ ...options, nodeSet: other.set, proofsOfPossession: other.proofs }),
      refusal("node-set/invalid"),
    );
  });

  it("refuses a node that did not sign its own registration", async () => {
    const next = newQuorum({
      n: 4,
      epoch: 2,
      validFrom: quorum.set.validUntil,
      validUntil: (quorum.set.validUntil + 1n) as TaiNs,
    });
    const proofs = [...next.proofs.slice(0, 3), next.proofs[0] ?? new Uint8Array(64)];
    await assert.rejects(
      deployChronoLedger({ ...options, nodeSet: next.set, proofsOfPossession: proofs }),
      (error: unknown) =>
        isChronoError(error) &&
        error.code === "transaction/reverted" &&
        error.details.reason === "RegistryProofOfPossessionInvalid(3)",
    );
  });

  it("refuses to confuse two chains of one name, and names a chain that is not there", async () => {
    const other = await startAnvil({ args: ["--chain-id", "4242"] });
    try {
      await assert.rejects(deployChronoLedger({ ...options, rpcUrl: other.rpcUrl }), refusal("rpc/chain-mismatch"));
    } finally {
      await other.stop();
    }
    await assert.rejects(deployChronoLedger({ ...options, rpcUrl: other.rpcUrl }), refusal("rpc/unavailable"));
  });
});
