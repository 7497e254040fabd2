import { accessSync, constants, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { pollUntil } from "./poll.ts";
import { HOST } from "./ports.ts";
import type { ProcessSpec } from "./supervised-process.ts";

const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => end(data.toString().startsWith("+PONG")));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });

export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Which Redis the network uses, and the line that says so. */
export function queueServer(options: { readonly port: number; readonly dataDir: string }): {
  readonly url: string;
  readonly note: string;
  readonly spec: ProcessSpec | undefined;
} {
  const external = process.env.REDIS_URL;
  if (external !== undefined && external !== "")
    return { url: external, note: "Redis: the one of REDIS_URL", spec: undefined };
  const url = `redis://${HOST}:${options.port}`;
  const folder = join(options.dataDir, "redis");
  mkdirSync(folder, { recursive: true });
  const frame = {
    name: "redis",
    env: { PATH: process.env.PATH ?? "" },
    logFile: join(options.dataDir, "logs", "redis.log"),
    ready: (signal: AbortSignal) =>
      pollUntil("redis", () => answersPing(options.port), { everyMs: 20, timeoutMs: 20_000, signal }),
  };
  const real = onPath("redis-server");
  if (real !== undefined) {
    const durable = [
      "--appendonly",
      "yes",
      "--appendfsync",
      "everysec",
      "--save",
      "",
      "--maxmemory-policy",
      "noeviction",
    ];
    const args = ["--bind", HOST, "--port", String(options.port), "--dir", folder, "--daemonize", "no", ...durable];
    return { url, note: `Redis: private, ${real}, kept on disk`, spec: { ...frame, command: real, args } };
  }
  return {
    url,
    note: "Redis: none found; an embedded stand-in that keeps nothing (the keepers' databases keep the schedules all the same)",
    spec: {
      ...frame,
      command: process.execPath,
      args: [join(import.meta.dirname, "embedded-redis.ts"), String(options.port)],
    },
  };
}
