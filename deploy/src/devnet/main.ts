import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ChronoError, isChronoError, NS_PER_S, unixNs } from "@chronoledger/core";
import { createDemonstration, firstDeadline } from "./demonstration.ts";
import { type Network, NetworkRunner } from "./network.ts";
import { type DevnetOptions, HELP, parseOptions } from "./options.ts";
import { faultsOf, makeReport } from "./report.ts";
import { takeSnapshot } from "./snapshot.ts";
import { renderView } from "./view.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const REFRESH_MS = 300;
const RUNS_SHOWN = 200;
const say = (line: string) => process.stderr.write(`${line}\n`);

/** A demonstration that has not ended by then has failed. */
const graceSeconds = 60;

async function demonstrateOnce(network: Network, options: DevnetOptions, stop: AbortSignal): Promise<number> {
  const demo = createDemonstration({
    rpcUrl: network.rpcUrl,
    user: network.genesis.user.account,
    addresses: network.addresses,
    clock: network.clock,
  });
  const signal = AbortSignal.any([stop, AbortSignal.timeout((options.seconds + graceSeconds) * 1_000)]);
  const from = firstDeadline(network.clock);
  await demo.register(demo.planMany(options.schedules, options.seconds, from), signal);
  say(`${demo.size} schedules registered, due over ${options.seconds} s`);
  let shown = -1;
  await demo.untilAllExecuted(signal, (executed) => {
    if (executed !== shown) say(`  ${executed} of ${demo.size} executed`);
    shown = executed;
  });
  const [results, calls, snapshot] = await Promise.all([
    demo.results(),
    demo.calls(),
    takeSnapshot(network.ports, options.schedules * 2),
  ]);
  const report = makeReport({
    certificates: snapshot.aggregator?.certificates ?? 0,
    submitted: snapshot.relayer?.submitted ?? 0,
    schedules: demo.size,
    results,
    runs: snapshot.runs,
  });
  const faults = stop.aborted ? ["stopped before the end"] : faultsOf(report, calls);
  for (const fault of faults) say(`failed: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
  lastLine = JSON.stringify(report);
  return process.exitCode;
}
let lastLine = "";

/** Registers a schedule every other second and draws what the network says, until it is told to stop. */
async function showLive(network: Network, stop: AbortSignal): Promise<void> {
  const demo = createDemonstration({
    rpcUrl: network.rpcUrl,
    user: network.genesis.user.account,
    addresses: network.addresses,
    clock: network.clock,
  });
  const screen = process.stdout.isTTY === true;
  let count = 0;
  let due = network.clock.monotonicNow() as bigint;
  let lastPlain = due;
  if (screen) process.stdout.write("\x1b[?1049h\x1b[?25l");
  try {
    while (!stop.aborted) {
      const now = network.clock.monotonicNow();
      if (now >= due) {
        due = now + 2n * NS_PER_S;
        count++;
        const notBefore = unixNs(network.clock.utcNow() + 4n * NS_PER_S + (BigInt(count * 7_919_113) % NS_PER_S));
        void demo.register([demo.plan(notBefore, count % 4 === 0)], stop).catch(() => undefined);
      }
      const snapshot = await takeSnapshot(network.ports, RUNS_SHOWN);
      if (screen)
        process.stdout.write(
          renderView({ snapshot, processes: network.processes, width: process.stdout.columns, notes: network.notes }),
        );
      else if (now - lastPlain >= 5n * NS_PER_S) {
        lastPlain = now;
        const executed = snapshot.runs.filter((run) => run.outcome === "executed").length;
        say(
          `certificates ${snapshot.aggregator?.certificates ?? "?"}, submitted ${snapshot.relayer?.submitted ?? "?"}, executed ${executed} of the last ${snapshot.runs.length}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
    }
  } finally {
    if (screen) process.stdout.write("\x1b[?25h\x1b[?1049l");
  }
}

async function run(options: DevnetOptions): Promise<number> {
  const stop = new AbortController();
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    stop.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
  const home = join(ROOT, ".chrono");
  mkdirSync(home, { recursive: true });
  const temporary = options.once && options.dataDir === undefined;
  const dataDir = options.dataDir ?? (temporary ? mkdtempSync(join(home, "once-")) : join(home, "devnet"));
  const runner = new NetworkRunner({ progress: say, failed: fail });
  let code = 0;
  try {
    const started = runner.start(options, dataDir);
    const aborted = new Promise<never>((_, reject) =>
      stop.signal.addEventListener("abort", () =>
        reject(failure ?? new ChronoError("process/failed", { reason: "stopped while starting" })),
      ),
    );
    aborted.catch(() => undefined);
    const network = await Promise.race([started, aborted]);
    say("the network is up");
    if (options.once) code = await demonstrateOnce(network, options, stop.signal);
    else await showLive(network, stop.signal);
    if (failure !== undefined) throw failure;
  } catch (error) {
    code = 1;
    if (failure !== undefined || !stop.signal.aborted) report(error);
  } finally {
    await runner.stop();
    if (temporary && code === 0) rmSync(dataDir, { recursive: true, force: true });
    else if (temporary) say(`logs are kept in ${join(dataDir, "logs")}`);
  }
  if (!options.once && failure === undefined) say("stopped; nothing is left running");
  return code;
}

function report(error: unknown): void {
  say(
    isChronoError(error)
      ? `error: ${error.message}`
      : `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${HELP}\n`);
  else process.exitCode = await run(options);
  if (lastLine !== "") process.stdout.write(`${lastLine}\n`);
} catch (error) {
  report(error);
  process.exitCode = 1;
}
process.exit();
