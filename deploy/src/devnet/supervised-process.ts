import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ChronoError } from "@chronoledger/core";

export type ProcessSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Resolves when the process serves; called after each start. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
};

export type ProcessState = "starting" | "ready" | "restarting" | "stopped" | "failed";

/** After this many deaths in a row before it was ever ready, a process is given up: its configuration or its code is wrong. */
const MAX_FAST_DEATHS = 5;
const STOP_GRACE_MS = 6_000;
const LOG_TAIL_LINES = 12;

/**
 * One child process that is restarted when it dies. Its standard input is a pipe that closes when this process dies, and
 * `onPid` lets a reaper know of it, so nothing outlives the network.
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  state: ProcessState = "stopped";
  restarts = 0;
  #child: ChildProcess | undefined;
  #stopping = false;
  #fastDeaths = 0;
  readonly #notify: (event: { pid: number; alive: boolean }) => void;
  readonly #onFailed: (error: ChronoError) => void;
  #attempt = new AbortController();

  constructor(
    spec: ProcessSpec,
    notify: (event: { pid: number; alive: boolean }) => void,
    onFailed: (error: ChronoError) => void,
  ) {
    this.spec = spec;
    this.#notify = notify;
    this.#onFailed = onFailed;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it is ready for the first time. @throws process/failed with the end of its log. */
  async start(): Promise<void> {
    this.#spawn("starting");
    while (this.state !== "ready") {
      if (this.state === "failed" || this.#stopping) throw this.#failure();
      await this.#readyOnce().catch(() => undefined);
    }
  }

  /** SIGTERM, then SIGKILL after a grace period; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#attempt.abort();
    const child = this.#child;
    this.state = "stopped";
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
    await gone;
    clearTimeout(timer);
  }

  #spawn(state: "starting" | "restarting"): void {
    this.state = state;
    this.#attempt = new AbortController();
    mkdirSync(dirname(this.spec.logFile), { recursive: true });
    const log = openSync(this.spec.logFile, "a");
    const child = spawn(this.spec.command, [...this.spec.args], {
      stdio: ["pipe", log, log],
      // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the rest in order.
      detached: true,
      env: { ...this.spec.env, CHRONO_PARENT_PIPE: "1" },
    });
    closeSync(log);
    child.stdin?.on("error", () => undefined);
    this.#child = child;
    const pid = child.pid;
    if (pid !== undefined) this.#notify({ pid, alive: true });
    child.once("error", () => this.#died(pid));
    child.once("exit", () => this.#died(pid));
  }

  #died(pid: number | undefined): void {
    if (pid !== undefined) this.#notify({ pid, alive: false });
    this.#attempt.abort();
    if (this.#stopping) return;
    this.#fastDeaths = this.state === "ready" ? 0 : this.#fastDeaths + 1;
    if (this.#fastDeaths >= MAX_FAST_DEATHS) {
      this.state = "failed";
      this.#onFailed(this.#failure());
      return;
    }
    this.restarts++;
    this.state = "restarting";
    setTimeout(
      () => {
        if (this.#stopping) return;
        this.#spawn("restarting");
        void this.#readyOnce().catch(() => undefined);
      },
      50 * 2 ** this.#fastDeaths,
    );
  }

  /** Waits for the present attempt to become ready or to die. */
  async #readyOnce(): Promise<void> {
    const attempt = this.#attempt;
    if (attempt.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      return;
    }
    await this.spec.ready(attempt.signal);
    if (!attempt.signal.aborted && !this.#stopping) {
      this.state = "ready";
      this.#fastDeaths = 0;
    }
  }

  #failure(): ChronoError {
    const tail = lastLines(this.spec.logFile);
    return new ChronoError(
      "process/failed",
      { process: this.spec.name },
      { remedy: `the end of its log, ${this.spec.logFile}:\n  ${tail}` },
    );
  }
}

/** The end of a log for people: of a JSON line its message alone. */
function lastLines(file: string): string {
  try {
    const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-LOG_TAIL_LINES);
    return lines.map(messageOf).join("\n  ");
  } catch {
    return "(no log)";
  }
}

function messageOf(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === "string" ? msg : line;
  } catch {
    return line;
  }
}
