import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const START_TIMEOUT_MS = 15_000;

/** A service of this repository in a process of its own, started the way an operator starts it. */
export class ServiceProcess {
  readonly #entry: string;
  readonly #env: Record<string, string>;
  readonly #portSetting: string;
  #child: ChildProcess | undefined;
  #port = 0;
  readonly lines: string[] = [];

  /** @param portSetting name of the setting that takes the port; the first start picks a free one, later starts keep it. */
  constructor(entry: string, portSetting: string, env: Record<string, string>) {
    this.#entry = entry;
    this.#portSetting = portSetting;
    this.#env = env;
  }

  get port(): number {
    return this.#port;
  }
  get pid(): number {
    return this.#child?.pid ?? 0;
  }
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves when the service says that it serves; rejects with its output when it ends instead. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.#entry], {
      env: {
        PATH: process.env.PATH ?? "",
        ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
        ...this.#env,
        [this.#portSetting]: String(this.#port),
        CHRONO_PARENT_PIPE: "1",
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    this.lines.length = 0;
    child.stderr?.on("data", (text: Buffer) => this.lines.push(String(text)));
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.#entry} did not start in time:\n${this.lines.join("\n")}`)),
        START_TIMEOUT_MS,
      );
      child.once("exit", (code) => {
        clearTimeout(timer);
        reject(new Error(`${this.#entry} ended with ${code}:\n${this.lines.join("\n")}`));
      });
      if (child.stdout === null) return reject(new Error("no output"));
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.lines.push(line);
        const found = servingPort(line);
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
    });
    this.#port = port;
  }

  /** For a service that cannot run: rejects with its output when it ends. */
  async untilEnded(): Promise<void> {
    await this.start();
    const child = this.#child;
    if (child?.exitCode === null) await once(child, "exit");
    throw new Error(this.lines.join("\n"));
  }

  /** Sends the signal and waits for the end; SIGKILL unless told. Nothing happens when it does not run. */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, "exit");
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }

  /** Stands still, or goes on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child?.kill(signal);
  }
}

function servingPort(line: string): number | undefined {
  try {
    const { port, msg } = JSON.parse(line) as { port?: number; msg?: string };
    return typeof port === "number" && msg?.includes(" serves on ") ? port : undefined;
  } catch {
    return undefined;
  }
}
