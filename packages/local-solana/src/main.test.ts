import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { loadConfig } from "@chronoledger/service";
import { ServiceProcess } from "../../../test/support/service-process.ts";
import { LocalSolanaConfig } from "./config.ts";
import { post } from "./test-rig.ts";

const MAIN = join(import.meta.dirname, "main.ts");
const ADDRESS = "Sysvar1nstructions1111111111111111111111111";

describe("the local Solana process", () => {
  it("describes its settings", () => {
    const { stdout } = spawnSync(process.execPath, [MAIN, "--help"], { encoding: "utf8" });
    for (const name of Object.keys(LocalSolanaConfig.shape)) assert.ok(stdout.includes(name), name);
    assert.match(stdout, /simulator/);
  });

  it("reads programs with and without an upgrade authority", () => {
    const read = (text: string) =>
      loadConfig("LOCAL_SOLANA_", LocalSolanaConfig, { LOCAL_SOLANA_PROGRAMS: text }).LOCAL_SOLANA_PROGRAMS;
    assert.deepEqual(read(""), []);
    assert.deepEqual(read(`${ADDRESS}=a.so, ${ADDRESS}=b.so=${ADDRESS}`), [
      { address: ADDRESS, elf: "a.so", upgradeAuthority: undefined },
      { address: ADDRESS, elf: "b.so", upgradeAuthority: ADDRESS },
    ]);
    for (const text of ["x=a.so", ADDRESS, `${ADDRESS}=`, `${ADDRESS}=a.so=x`, `${ADDRESS}=a.so=${ADDRESS}=1`])
      assert.throws(() => read(text), /config\/invalid/, text);
  });

  it("makes slots, offers faults when told, and ends when asked", async function () {
    this.timeout(40_000);
    const main = new ServiceProcess(MAIN, "LOCAL_SOLANA_PORT", {
      LOCAL_SOLANA_FAULTS: "true",
      LOCAL_SOLANA_SLOT_MS: "0",
    });
    try {
      await main.start();
      const call = (method: string, ...params: unknown[]) =>
        post(main.url, JSON.stringify({ jsonrpc: "2.0", id: 0, method, params }));
      assert.deepEqual(await call("local_advance", 3), { jsonrpc: "2.0", result: 4, id: 0 });
      assert.equal((await fetch(`${main.url}/readyz`)).status, 200);
      assert.equal(await main.stop("SIGTERM"), 0);
    } finally {
      await main.stop();
    }
  });

  it("says what is wrong with a program that it cannot load", async function () {
    this.timeout(40_000);
    for (const [file, reason] of [
      ["missing.so", /cannot be read/],
      [MAIN, /does not load/],
    ] as const) {
      const main = new ServiceProcess(MAIN, "LOCAL_SOLANA_PORT", { LOCAL_SOLANA_PROGRAMS: `${ADDRESS}=${file}` });
      await assert.rejects(main.untilEnded(), reason);
    }
  });
});
