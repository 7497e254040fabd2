import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ORACLE_ADDRESS } from "@chronoledger/bindings";
import { nodeSetToJson, toBase64Url } from "@chronoledger/core";
import { ANVIL_KEYS, type Anvil, startAnvil } from "../../test/support/anvil.ts";
import { newQuorum } from "../../test/support/quorum.ts";
import { readNetworkAddresses } from "./network-addresses.ts";

const MAIN = join(import.meta.dirname, "main.ts");

/** Runs the command to its end. */
function deployBy(
  settings: Record<string, string>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? "", ...settings };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("close", (code) => resolve({ code, output }));
  });
}

describe("the deploy command", function () {
  this.timeout(30_000);
  const quorum = newQuorum({ n: 4 });
  let anvil: Anvil;
  let folder: string;
  let settings: Record<string, string>;

  before(async () => {
    anvil = await startAnvil();
    folder = mkdtempSync(join(tmpdir(), "chrono-deploy-"));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    settings = {
      DEPLOY_RPC_URL: anvil.rpcUrl,
      DEPLOY_NETWORK: "local",
      DEPLOY_KEY_FILE: file("key", `${ANVIL_KEYS[0]}\n`),
      DEPLOY_NODE_SET_FILE: file("node-set.json", JSON.stringify(nodeSetToJson(quorum.set))),
      DEPLOY_PROOFS_FILE: file("proofs.json", JSON.stringify(quorum.proofs.map(toBase64Url))),
      DEPLOY_ADDRESSES_DIR: folder,
      DEPLOY_JOURNAL_DIR: join(folder, "journal"),
      DEPLOY_CONFIRMATIONS: "1",
      DEPLOY_POLLING_MS: "20",
    };
  });
  after(async () => {
    await anvil.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("names every missing setting and exits 1", async () => {
    const { code, output } = await deployBy({ DEPLOY_NETWORKS: "x" });
    assert.equal(code, 1);
    for (const name of [
      "DEPLOY_RPC_URL",
      "DEPLOY_KEY_FILE",
      "DEPLOY_NODE_SET_FILE",
      "DEPLOY_PROOFS_FILE",
      "DEPLOY_NETWORKS",
    ])
      assert.ok(output.includes(name), name);
  });

  it("refuses a production chain, where nobody can be the genesis owner yet", async () => {
    const { code, output } = await deployBy(settings);
    assert.equal(code, 1);
    assert.ok(output.includes("the genesis owner must initialise the registry"));
    assert.ok(!output.includes(ANVIL_KEYS[0].slice(2)), "no key in the output");
  });

  it("deploys to a development chain, and the second time finds everything there", async () => {
    const first = await deployBy({ ...settings, DEPLOY_IMPERSONATE_OWNER: "yes" });
    assert.equal(first.code, 0, first.output);
    assert.equal(readNetworkAddresses(join(folder, "local.json"))?.oracle, ORACLE_ADDRESS);
    const second = await deployBy({ ...settings, DEPLOY_IMPERSONATE_OWNER: "yes" });
    assert.equal(second.code, 0, second.output);
    assert.ok(second.output.includes("everything was there already"));
  });

  it("exits 75 when the chain is not there: trying later may help", async () => {
    const { code } = await deployBy({ ...settings, DEPLOY_RPC_URL: "http://127.0.0.1:9" });
    assert.equal(code, 75);
  });
});
