import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isChronoError } from "@chronoledger/core";
import * as z from "zod";
import { loadConfig, Port, readSecretFile } from "./config.ts";

const schema = z.object({
  TMN_PORT: Port,
  TMN_MODE: z.enum(["fast", "safe"]).default("safe"),
  TMN_KEY_FILE: z.string(),
});

const refusal = (env: Record<string, string>): string => {
  try {
    loadConfig("TMN_", schema, env);
  } catch (error) {
    assert.ok(isChronoError(error) && error.code === "config/invalid");
    return error.message;
  }
  return assert.fail("it was accepted");
};

describe("configuration", () => {
  it("takes its defaults from the schema and is frozen", () => {
    const config = loadConfig("TMN_", schema, { TMN_PORT: "0", TMN_KEY_FILE: "k", OTHER: "x" });
    assert.deepEqual({ ...config }, { TMN_PORT: 0, TMN_MODE: "safe", TMN_KEY_FILE: "k" });
    assert.ok(Object.isFrozen(config));
  });

  it("treats an empty variable as not set", () => {
    assert.equal(loadConfig("TMN_", schema, { TMN_PORT: "1", TMN_KEY_FILE: "k", TMN_MODE: "" }).TMN_MODE, "safe");
  });

  it("reports every problem at once, with the value", () => {
    const message = refusal({ TMN_PORT: "70000", TMN_MODE: "quick" });
    for (const part of ["problems: 3", 'TMN_PORT ("70000")', 'TMN_MODE ("quick")', "TMN_KEY_FILE (not set)"])
      assert.ok(message.includes(part), `${part} in ${message}`);
  });

  it("refuses an unknown setting with its prefix and names the nearest", () => {
    const message = refusal({ TMN_PORT: "1", TMN_KEY_FILE: "k", TMN_MOD: "fast" });
    assert.match(message, /TMN_MOD: no such setting; did you mean TMN_MODE\?/);
  });

  it("never repeats what may be a secret", () => {
    const secret = z.object({ TMN_API_TOKEN: z.string().min(40) });
    assert.throws(
      () => loadConfig("TMN_", secret, { TMN_API_TOKEN: "hunter2" }),
      (error: Error) => {
        assert.ok(!error.message.includes("hunter2"));
        return error.message.includes("TMN_API_TOKEN (set)");
      },
    );
  });

  it("reads a secret by its path, without the newline, and names a path that is not there", () => {
    const folder = mkdtempSync(join(tmpdir(), "chrono-config-"));
    writeFileSync(join(folder, "token"), "abc\n");
    assert.equal(readSecretFile(join(folder, "token")), "abc");
    assert.throws(() => readSecretFile(join(folder, "none")), /config\/invalid.*none/);
    rmSync(folder, { recursive: true });
  });
});
