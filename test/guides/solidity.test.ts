import assert from "node:assert/strict";
import { ANVIL_KEYS } from "../support/anvil.ts";
import { RelayedChain } from "../support/relayed-chain.ts";
import { GuideProject } from "./guide-project.ts";
import { network, settingsOf } from "./network.ts";

describe("the guide to a contract", () => {
  let project: GuideProject;
  let chain: RelayedChain;

  before(async () => {
    chain = await RelayedChain.start(network.oracle, { blockTime: 1, heartbeatMs: 1_000 });
    const settings = await settingsOf("professional");
    project = GuideProject.of("solidity", { ...settings, RPC_URL: chain.anvil.rpcUrl, PRIVATE_KEY: ANVIL_KEYS[3] });
  });
  after(async () => {
    await project?.remove();
    await chain?.stop();
  });

  it("builds with what is installed", async () => {
    await project.output(
      "mkdir -p node_modules/@chronoledger && cp -R ../../contracts node_modules/@chronoledger/contracts",
    );
    await project.output("npx hardhat build");
    assert.match(project.read("artifacts/contracts/Notary.sol/Notary.json"), /"contractName": "Notary"/);
  });

  it("registers a document by a proof that the chain verifies, and refuses what is not one", async () => {
    assert.equal(await project.output("node notarize.ts"), project.outputs[0]);
    assert.deepEqual(project.left, []);
  });
});
