import assert from "node:assert/strict";
import { chronoOracleAbi, chronoOracleBytecode } from "@chronoledger/bindings";
import { NS_PER_S, type TaiNs } from "@chronoledger/core";
import { createTestClient, type Hex, http, publicActions, toFunctionSelector, walletActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ANVIL_KEYS } from "../../support/anvil.ts";
import { type ChronoChain, startChronoChain } from "../../support/chrono-chain.ts";
import { newQuorum } from "../../support/quorum.ts";

const START_S = 1_800_000_000n;
const PRECOMPILE = "0x0000000000000000000000000000000000000100";
/** All that a transaction may have (EIP-7825). Finding out about CLZ must not burn it. */
const DEPLOYMENT_GAS = 16_777_216n;

/** Cancun has no CLZ instruction; the precompile, as rollups have it (RIP-7212), is the oracle's own verifier. */
describe("a chain with the P-256 precompile, but without CLZ", function () {
  this.timeout(60_000);
  const quorum = newQuorum({ n: 4 });
  let chain: ChronoChain | undefined;

  before(async () => {
    chain = await startChronoChain(quorum, { startS: START_S, hardfork: "cancun" });
  });

  after(() => chain?.stop());

  it("has an oracle that verifies without the instruction", async () => {
    const { rpcUrl, deployment } = chain as ChronoChain;
    const account = privateKeyToAccount(ANVIL_KEYS[1]);
    const client = createTestClient({ mode: "anvil", transport: http(rpcUrl), account, pollingInterval: 10 })
      .extend(publicActions)
      .extend(walletActions);
    const verifierOf = (address: Hex) =>
      client.readContract({ address, abi: chronoOracleAbi, functionName: "p256Verifier" });
    const code = await client.getCode({ address: await verifierOf(deployment.oracle) });
    await client.setCode({ address: PRECOMPILE, bytecode: code as Hex });
    await client.setBlockGasLimit({ gasLimit: DEPLOYMENT_GAS });
    const hash = await client.deployContract({
      abi: chronoOracleAbi,
      bytecode: chronoOracleBytecode,
      args: [deployment.registry],
      gas: DEPLOYMENT_GAS,
      chain: null,
    });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    assert.equal(await verifierOf(contractAddress as Hex), PRECOMPILE);
    const reasonOf = (nodes: readonly number[]) => {
      const certificate = quorum.certify({ time: ((START_S + 37n) * NS_PER_S) as TaiNs, sequence: 1n }, nodes);
      return client.readContract({
        address: contractAddress as Hex,
        abi: chronoOracleAbi,
        functionName: "tryVerify",
        args: [certificate],
      });
    };
    assert.deepEqual(await reasonOf([0, 1, 2]), [true, "0x00000000"]);
    assert.deepEqual(await reasonOf([0, 1]), [false, toFunctionSelector("OracleQuorumShort(uint256,uint256)")]);
  });
});
