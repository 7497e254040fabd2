import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { endChild, untilPrinted } from "./child.ts";
import { freePort } from "./free-port.ts";

export type RedisServer = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** "redis-server" where there is one on the PATH, else the JavaScript stand-in. */
  readonly kind: "redis-server" | "js-redis-server";
  stop(): Promise<void>;
};

const hasRedis = (): boolean => spawnSync("redis-server", ["--version"]).status === 0;

function command(
  port: number,
  folder: string,
): { kind: RedisServer["kind"]; file: string; args: string[]; ready: RegExp } {
  if (hasRedis())
    return {
      kind: "redis-server",
      file: "redis-server",
      args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no"],
      ready: /Ready to accept connections/,
    };
  const main = createRequire(import.meta.url).resolve("js-redis-server");
  return {
    kind: "js-redis-server",
    file: process.execPath,
    args: [join(dirname(main), "cli.js"), "--single", "--port", String(port)],
    ready: /listening|ready|started|running/i,
  };
}

/** A Redis of its own on a free port (or `port`), default `hz`, keeping nothing. */
export async function startRedis(options: { port?: number } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "chrono-redis-"));
  const port = options.port ?? (await freePort());
  const { kind, file, args, ready } = command(port, folder);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stop = async () => {
    await endChild(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilPrinted(child, ready);
    return { url: `redis://127.0.0.1:${port}`, port, pid: child.pid as number, kind, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
