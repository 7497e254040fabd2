import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockFolder } from "./folder-lock.ts";

const MODULE = fileURLToPath(new URL("./folder-lock.ts", import.meta.url));

describe("the folder lock", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chrono-lock-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("lets one in, and the next after it is released", () => {
    const lock = lockFolder(folder);
    assert.throws(() => lockFolder(folder), { code: "process/failed" });
    lock.release();
    lockFolder(folder).release();
  });

  it("goes with the process that held it, however that ended", async () => {
    const script = `import { lockFolder } from ${JSON.stringify(MODULE)}; lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => 1, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    assert.throws(() => lockFolder(folder), { code: "process/failed" });
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    lockFolder(folder).release();
  });
});
