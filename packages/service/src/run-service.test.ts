import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ChronoError } from "@chronoledger/core";
import { exitCodeOf } from "./run-service.ts";

const service = (body: string) =>
  spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { runService } from ${JSON.stringify(join(import.meta.dirname, "run-service.ts"))};
     import { ChronoError } from "@chronoledger/core"; await runService("test", async ({ shutdown }) => { ${body} });`,
    ],
    { stdio: ["pipe", "pipe", "inherit"], cwd: import.meta.dirname, env: { ...process.env, CHRONO_PARENT_PIPE: "1" } },
  );
const exit = (child: ReturnType<typeof service>) =>
  new Promise<number | null>((resolve) => child.once("exit", resolve));
const up = (child: ReturnType<typeof service>) => new Promise((resolve) => child.stdout?.once("data", resolve));

describe("service frame", () => {
  it("maps errors to exit codes: configuration is ours, an unreachable chain is temporary", () => {
    assert.equal(exitCodeOf(new ChronoError("config/invalid")), 1);
    assert.equal(exitCodeOf(new ChronoError("rpc/unavailable")), 75);
    assert.equal(exitCodeOf(new Error("?")), 1);
  });

  const serving = `shutdown.onStop("part", () => console.log("given back")); setInterval(() => undefined, 1000); console.log("up");`;

  it("gives everything back on SIGTERM and exits 0", async () => {
    const child = service(serving);
    await up(child);
    const output: string[] = [];
    child.stdout?.on("data", (chunk) => output.push(String(chunk)));
    child.kill("SIGTERM");
    assert.equal(await exit(child), 0);
    assert.match(output.join(""), /given back/);
  });

  it("ends when its parent is gone", async () => {
    const child = service(serving);
    await up(child);
    child.stdin?.end();
    assert.equal(await exit(child), 0);
  });

  it("exits with the code of the error that start threw, after stopping", async () => {
    assert.equal(await exit(service(`throw new ChronoError("queue/unavailable");`)), 75);
    assert.equal(await exit(service(`throw new ChronoError("config/invalid");`)), 1);
  });

  it("exits 1 on an error that nobody caught", async () => {
    assert.equal(
      await exit(service(`setTimeout(() => { throw new Error("late"); }, 1); setInterval(() => undefined, 1000);`)),
      1,
    );
  });
});
