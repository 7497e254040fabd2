import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ChronoError } from "@chronoledger/core";
import { type Clock, createSystemClock, readIfPresent, writeDurably } from "@chronoledger/service";
import { connectRpc } from "@chronoledger/txm/rpc";
import { chainSpec, rpcAt } from "./chain.ts";
import { deployDevelopment } from "./deployment.ts";
import { type Genesis, loadOrCreateGenesis } from "./genesis.ts";
import { keepOnWholeSeconds, type Metronome, mineEachSecond } from "./metronome.ts";
import type { DevnetOptions } from "./options.ts";
import { buildPage } from "./page.ts";
import { HOST, type Ports, portsFrom, requireFree } from "./ports.ts";
import { queueServer } from "./queue-server.ts";
import { type Addresses, chainSideSpecs, oracleSpecs } from "./services.ts";
import { type SolanaSide, startSolanaSide } from "./solana/solana-side.ts";
import { type ProcessSpec, SupervisedProcess } from "./supervised-process.ts";

export type Network = {
  readonly ports: Ports;
  readonly genesis: Genesis;
  readonly addresses: Addresses;
  readonly clock: Clock;
  readonly rpcUrl: string;
  readonly processes: readonly SupervisedProcess[];
  readonly notes: readonly string[];
  readonly solana: SolanaSide | undefined;
};

const FUNDS_WEI = `0x${(10n ** 22n).toString(16)}`;

/** Starts and stops everything; nothing it started outlives it, not even when it is killed. */
export class NetworkRunner {
  readonly #processes: SupervisedProcess[] = [];
  readonly #progress: (line: string) => void;
  readonly #failed: (error: ChronoError) => void;
  #reaper: ReturnType<typeof spawn> | undefined;
  #pidFile: string | undefined;
  #stopping = false;
  #metronome: Metronome | undefined;

  constructor(hooks: { readonly progress: (line: string) => void; readonly failed: (error: ChronoError) => void }) {
    this.#progress = hooks.progress;
    this.#failed = hooks.failed;
  }

  /** @throws process/port-in-use, process/failed, config/invalid */
  async start(options: DevnetOptions, dataDir: string): Promise<Network> {
    const ports = portsFrom(options.portBase);
    await requireFree(ports);
    if (options.fresh) rmSync(dataDir, { recursive: true, force: true });
    mkdirSync(dataDir, { recursive: true });
    this.#pidFile = join(dataDir, "processes.json");
    this.#startReaper();

    const clock = createSystemClock();
    const genesis = await loadOrCreateGenesis(dataDir, clock);
    const addressFile = join(dataDir, "addresses.json");
    const kept = readIfPresent(addressFile);
    let mining = kept !== undefined;
    const ipcPath = join(dataDir, "chain", "anvil.ipc");
    const rpcUrl = `http://${HOST}:${ports.chain}`;
    const rpc = rpcAt(ports.chain);
    const queue = queueServer({ port: ports.redis, dataDir });

    this.#progress("starting the chain, the queue and the timing nodes");
    const oracle = oracleSpecs({ dataDir, ports, genesis }).map((spec) => this.#supervise(spec));
    const oracleUp = Promise.all([...oracle.map((each) => each.start()), buildPage(dataDir)]);
    oracleUp.catch(() => undefined);
    const chain = this.#supervise(chainSpec({ port: ports.chain, dataDir, ipcPath, clock, mining: () => mining }));
    await Promise.all([chain.start(), ...(queue.spec === undefined ? [] : [this.#supervise(queue.spec).start()])]);
    let addresses = kept === undefined ? undefined : (JSON.parse(kept.toString("utf8")) as Addresses);
    // A network that was killed while it was deployed may have forgotten its contracts.
    if (addresses === undefined || (await rpc("eth_getCode", [addresses.target, "latest"])) === "0x") {
      this.#progress("deploying registry, oracle and scheduler");
      const funded = [genesis.deployer, genesis.relayer, genesis.user, genesis.gateway, ...genesis.keepers];
      await Promise.all(funded.map((each) => rpc("anvil_setBalance", [each.account.address, FUNDS_WEI])));
      addresses = await deployDevelopment({ rpcUrl, dataDir, genesis });
      writeDurably(addressFile, `${JSON.stringify(addresses, null, 2)}\n`, 0o644);
      await mineEachSecond({ request: rpc }, clock);
      mining = true;
    }
    this.#metronome = keepOnWholeSeconds(connectRpc(ipcPath), clock);
    this.#progress("starting aggregator, relayer, keepers and gateway");
    const solanaUp = options.solana
      ? startSolanaSide({ dataDir, ports, genesis, supervise: (spec) => this.#supervise(spec) })
      : undefined;
    solanaUp?.catch(() => undefined);
    const specs = chainSideSpecs({ dataDir, ports, genesis, ipcPath, redisUrl: queue.url, addresses });
    const chainSide = specs.map((spec) => this.#supervise(spec));
    await oracleUp;
    await Promise.all(chainSide.map((each) => each.start()));
    const solana = await solanaUp;
    const notes = [
      `Time over HTTP, and the web page: http://${HOST}:${ports.gateway}`,
      queue.note,
      `State and logs: ${dataDir}`,
    ];
    return { solana, ports, genesis, addresses, clock, rpcUrl, processes: this.#processes, notes };
  }

  /** Keepers first, the chain and the queue last. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#metronome?.stop();
    const last = this.#processes.filter((each) => ["chain", "solana", "redis"].includes(each.spec.name));
    await Promise.all(this.#processes.filter((each) => !last.includes(each)).map((each) => each.stop()));
    await Promise.all(last.map((each) => each.stop()));
    const reaper = this.#reaper;
    if (reaper === undefined || reaper.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => reaper.once("exit", () => resolve()));
    reaper.stdin?.end("done\n");
    await gone;
  }

  #supervise(spec: ProcessSpec): SupervisedProcess {
    const note = ({ pid, alive }: { pid: number; alive: boolean }) => {
      this.#reaper?.stdin?.write(`${alive ? "+" : "-"}${pid}\n`);
      this.#writePids();
    };
    const each = new SupervisedProcess(spec, note, this.#failed);
    this.#processes.push(each);
    return each;
  }

  /** For whoever wants to look at, or kill, one of them. */
  #writePids(): void {
    if (this.#pidFile === undefined) return;
    const pids = Object.fromEntries(
      this.#processes.flatMap((each) => (each.pid === undefined ? [] : [[each.spec.name, each.pid]])),
    );
    writeDurably(this.#pidFile, `${JSON.stringify({ supervisor: process.pid, ...pids }, null, 2)}\n`, 0o644);
  }

  #startReaper(): void {
    const reaper = spawn(process.execPath, [join(import.meta.dirname, "reaper.ts")], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    reaper.stdin?.on("error", () => undefined);
    reaper.once("exit", () => {
      if (this.#stopping) return;
      this.#startReaper();
      for (const each of this.#processes) if (each.pid !== undefined) this.#reaper?.stdin?.write(`+${each.pid}\n`);
    });
    this.#reaper = reaper;
  }
}
