import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const PORTS = 16;

/** Below 32,768, where the system takes ports for outgoing connections. */
const LOWEST = 20_000;
const BASES = 790;

/** The first of 16 consecutive ports that were free a moment ago. */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = LOWEST + Math.floor(Math.random() * BASES) * PORTS;
    const free = await Promise.all(Array.from({ length: PORTS }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

export type Devnet = {
  readonly child: ChildProcess;
  /** Resolves when standard error has matched. Rejects when the process ends before it. */
  printed(pattern: RegExp): Promise<void>;
  readonly exited: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
};

/** What `npm start -- ARGS` runs. */
export function startDevnet(args: readonly string[], env: Readonly<Record<string, string>> = {}): Devnet {
  const child = spawn(process.execPath, [join(ROOT, "deploy", "src", "devnet", "main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const look of waiting) look();
  });
  let ended = false;
  const exited = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => {
      ended = true;
      resolve({ code, stdout, stderr });
      for (const look of waiting) look();
    });
  });
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(stderr)) resolve();
        else if (ended) reject(new Error(`ended before it printed ${pattern}:\n${stderr}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  return { child, printed, exited };
}

/** Names and process ids of a running network, from its data folder. */
export const pidsOf = (dataDir: string): Record<string, number> =>
  JSON.parse(readFileSync(join(dataDir, "processes.json"), "utf8")) as Record<string, number>;

/** Whether the process runs: neither gone nor a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

/** Polls a condition; the only waiting that tests of real processes do. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
