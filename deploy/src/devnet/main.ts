import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ChronoError, isChronoError } from "@chronoledger/core";
import { showLive } from "./live.ts";
import { NetworkRunner } from "./network.ts";
import { demonstrateOnce } from "./once.ts";
import { type DevnetOptions, HELP, parseOptions } from "./options.ts";

const HOME = join(import.meta.dirname, "..", "..", "..", ".chrono");

const say = (line: string) => process.stderr.write(`${line}\n`);
const report = (error: unknown) =>
  say(
    `error: ${isChronoError(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );

async function run(options: DevnetOptions): Promise<{ code: number; lastLine?: string }> {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const fail = (error: unknown) => {
    failures.push(error);
    stop.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
  mkdirSync(HOME, { recursive: true });
  const temporary = options.once && options.dataDir === undefined;
  const dataDir = options.dataDir ?? (temporary ? mkdtempSync(join(HOME, "once-")) : join(HOME, "devnet"));
  const runner = new NetworkRunner({ progress: say, failed: fail });
  const outcome: { code: number; lastLine?: string } = { code: 0 };
  try {
    const stopped = new Promise<never>((_, reject) => {
      stop.signal.addEventListener("abort", () => reject(new ChronoError("process/failed", { reason: "stopped" })));
    });
    stopped.catch(() => undefined);
    const network = await Promise.race([runner.start(options, dataDir), stopped]);
    say("the network is up");
    if (options.once) {
      const { report: figures, faults } = await demonstrateOnce(network, options, { stop: stop.signal, progress: say });
      for (const fault of faults) say(`failed: ${fault}`);
      outcome.code = faults.length === 0 ? 0 : 1;
      outcome.lastLine = JSON.stringify(figures);
    } else await showLive(network, stop.signal, say);
  } catch (error) {
    if (!stop.signal.aborted) fail(error);
  } finally {
    await runner.stop();
  }
  for (const failure of failures) report(failure);
  if (failures.length > 0) outcome.code = 1;
  else if (stop.signal.aborted) say("stopped; nothing is left running");
  if (temporary && outcome.code === 0) rmSync(dataDir, { recursive: true, force: true });
  else if (temporary) say(`state and logs are kept in ${dataDir}`);
  return outcome;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${HELP}\n`);
  else {
    const { code, lastLine } = await run(options);
    process.exitCode = code;
    if (lastLine !== undefined) process.stdout.write(`${lastLine}\n`);
  }
} catch (error) {
  report(error);
  process.exitCode = 1;
}
process.exit();
