import assert from "node:assert/strict";
import { isChronoError } from "@chronoledger/core";
import { loadConfig } from "@chronoledger/service";
import { SolanaKeeperConfig } from "./solana-config.ts";

const LEAST = { KEEPER_RPC_URL: "http://127.0.0.1:8899", KEEPER_KEY_FILE: "key.json" };
const load = (env: Record<string, string>) => loadConfig("KEEPER_", SolanaKeeperConfig, { ...LEAST, ...env });

describe("settings of the keeper on Solana", () => {
  it("have defaults for all but the node and the key", () => {
    const config = load({});
    assert.equal(config.KEEPER_PROGRAM, "ChronoLedger11111111111111111111111111111111");
    assert.equal(config.KEEPER_MIN_REWARD, 1n);
    assert.equal(config.KEEPER_EXPIRES, "true");
  });

  for (const [name, value] of [
    ["KEEPER_PROGRAM", "0x1234"],
    ["KEEPER_PROGRAM", "ChronoLedger"],
    ["KEEPER_RPC_URL", "ws://127.0.0.1:8900"],
    ["KEEPER_EXPIRES", "yes"],
    ["KEEPER_SLOT_MS", "0"],
    ["KEEPER_MIN_REWARD", "-1"],
    ["KEEPER_DATA_DIR", "folder"],
  ] as const)
    it(`do not take ${name}=${value}`, () =>
      assert.throws(
        () => load({ [name]: value }),
        (error) => isChronoError(error) && error.code === "config/invalid",
      ));
});
