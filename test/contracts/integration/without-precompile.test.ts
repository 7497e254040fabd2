import assert from "node:assert/strict";
import { chronoOracleAbi, clockReaderAbi, clockReaderBytecode, ORACLE_ADDRESS } from "@chronoledger/bindings";
import { NS_PER_S, sha256, type TaiNs } from "@chronoledger/core";
import { createTestClient, type Hex, http, publicActions, toBytes, toFunctionSelector, walletActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ANVIL_KEYS } from "../../support/anvil.ts";
import { type ChronoChain, startChronoChain } from "../../support/chrono-chain.ts";
import { makeProof } from "../../support/proof.ts";
import { newQuorum } from "../../support/quorum.ts";

const START_S = 1_800_000_000n;
const PRECOMPILE = "0x0000000000000000000000000000000000000100";

const connect = (rpcUrl: string) =>
  createTestClient({
    mode: "anvil",
    transport: http(rpcUrl),
    account: privateKeyToAccount(ANVIL_KEYS[1]),
    pollingInterval: 10,
  })
    .extend(publicActions)
    .extend(walletActions);

/** Cancun has neither the P-256 precompile nor the CLZ instruction. */
describe("a chain without the P-256 precompile", function () {
  this.timeout(60_000);
  const quorum = newQuorum({ n: 4 });
  let chain: ChronoChain | undefined;
  let client: ReturnType<typeof connect>;
  const oracle = { address: ORACLE_ADDRESS, abi: chronoOracleAbi } as const;
  const time = (START_S * NS_PER_S + 37n * NS_PER_S) as TaiNs;
  let sequence = 1n;
  const certify = (nodes?: readonly number[]) =>
    quorum.certify({ time: (time + sequence) as TaiNs, sequence: sequence++, imprint: sha256(toBytes("x")) }, nodes);
  type Certificate = ReturnType<typeof certify>;
  const submit = async ({ statement, signers, signatures }: Certificate) => {
    const args = [statement, signers, signatures] as const;
    const { request } = await client.simulateContract({ ...oracle, functionName: "submit", args });
    return client.waitForTransactionReceipt({ hash: await client.writeContract(request) });
  };
  const reasonOf = async (certificate: Certificate) =>
    client.readContract({ ...oracle, functionName: "tryVerify", args: [certificate] });

  before(async () => {
    chain = await startChronoChain(quorum, { startS: START_S, hardfork: "cancun" });
    client = connect(chain.rpcUrl);
  });

  after(() => chain?.stop());

  it("has no precompile, and the oracle stands at its one address with a verifier of its own", async () => {
    const verifier = await client.readContract({ ...oracle, functionName: "p256Verifier" });
    assert.notEqual(verifier, PRECOMPILE);
    assert.ok(((await client.getCode({ address: verifier })) ?? "0x").length > 1_000);
    const { data } = await client.call({ to: PRECOMPILE, data: `0x${"01".repeat(160)}` });
    assert.equal(data, undefined);
  });

  it("accepts a certificate of a quorum, by whichever nodes", async () => {
    for (const nodes of [
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2, 3],
    ]) {
      const receipt = await submit(certify(nodes));
      assert.equal(receipt.status, "success");
    }
    const latest = await client.readContract({ ...oracle, functionName: "latest" });
    assert.equal(latest.sequence, sequence - 1n);
  });

  it("refuses what it refuses elsewhere, by the same names", async () => {
    const whole = certify();
    const forged = `${whole.signatures.slice(0, -2)}${whole.signatures.endsWith("00") ? "01" : "00"}` as Hex;
    const selector = async (certificate: Certificate) => (await reasonOf(certificate))[1];
    assert.deepEqual(await reasonOf(whole), [true, "0x00000000"]);
    assert.equal(
      await selector({ ...whole, signatures: forged }),
      toFunctionSelector("OracleSignatureInvalid(uint256)"),
    );
    assert.equal(await selector(certify([0, 1])), toFunctionSelector("OracleQuorumShort(uint256,uint256)"));
    assert.equal(
      await selector({ ...whole, signers: "0xb0000000" }),
      toFunctionSelector("OracleSignatureInvalid(uint256)"),
    );
  });

  it("verifies proofs, through the oracle and inside a contract", async () => {
    const { inclusion, certificate } = makeProof(quorum, START_S, 5);
    const hash = await client.deployContract({
      abi: clockReaderAbi,
      bytecode: clockReaderBytecode,
      args: [ORACLE_ADDRESS],
      chain: null,
    });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    const reader = { address: contractAddress as Hex, abi: clockReaderAbi, args: [inclusion, certificate] } as const;
    await client.readContract({ ...reader, functionName: "prove" });
    await client.readContract({ ...reader, functionName: "proveByTheOracle" });
    const other = { ...inclusion, path: [...inclusion.path].reverse() };
    await assert.rejects(client.readContract({ ...reader, functionName: "prove", args: [other, certificate] }));
    const short = quorum.certify({ time, sequence: 77n, imprint: toBytes(certificate.statement[2]) }, [0, 1]);
    await assert.rejects(client.readContract({ ...reader, functionName: "prove", args: [inclusion, short] }), (error) =>
      String(error).includes(toFunctionSelector("OracleQuorumShort(uint256,uint256)")),
    );
  });
});
