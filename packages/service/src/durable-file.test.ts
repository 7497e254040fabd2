import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readIfPresent, writeDurably } from "./durable-file.ts";

describe("durable file", () => {
  const folder = mkdtempSync(join(tmpdir(), "chrono-durable-"));
  after(() => rmSync(folder, { recursive: true }));

  it("replaces the content and leaves nothing beside it", () => {
    const path = join(folder, "a", "state");
    writeDurably(path, "one");
    writeDurably(path, Uint8Array.from([1, 2]));
    assert.deepEqual([...readFileSync(path)], [1, 2]);
    assert.deepEqual(readdirSync(join(folder, "a")), ["state"]);
  });

  it("gives undefined for a file that is not there", () => {
    assert.equal(readIfPresent(join(folder, "none")), undefined);
  });

  it("holds one whole version after a kill at any instant", async () => {
    const path = join(folder, "killed");
    const script = `import { writeDurably } from ${JSON.stringify(join(import.meta.dirname, "durable-file.ts"))};
      for (let i = 0; ; i++) { writeDurably(${JSON.stringify(path)}, String(i % 10).repeat(5000)); if (i === 20) console.log("going"); }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    assert.match(readFileSync(path, "utf8"), /^(\d)\1{4999}$/);
  });
});
