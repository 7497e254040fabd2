import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endChild, untilPrinted } from "./child.ts";

const require = createRequire(import.meta.url);

export type Anvil = {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** A Unix socket. */
  readonly ipcPath: string;
  readonly pid: number;
  /** Ends the process and removes its socket. */
  stop(): Promise<void>;
};

/** The program itself, not its JavaScript launcher: killing a launcher leaves the program behind. */
export function anvilBinary(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  return require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`);
}

/** What anvil's development accounts are derived from; worthless everywhere else. */
export const ANVIL_KEYS = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
  "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
] as const;

/**
 * A local EVM chain of its own on a free port of the loopback interface (or `port`), by default with osaka rules.
 * `blockTime` in seconds, may be a fraction; without it every transaction is mined at once, unless `args` has --no-mining.
 */
export async function startAnvil(
  options: { args?: readonly string[]; blockTime?: number; port?: number; hardfork?: string } = {},
): Promise<Anvil> {
  const folder = mkdtempSync(join(tmpdir(), "chrono-anvil-"));
  const ipcPath = join(folder, "anvil.ipc");
  const child = spawn(
    anvilBinary(),
    [
      ...["--host", "127.0.0.1", "--port", String(options.port ?? 0), "--ipc", ipcPath],
      ...["--hardfork", options.hardfork ?? "osaka"],
      ...(options.blockTime === undefined ? [] : ["--block-time", String(options.blockTime)]),
      ...(options.args ?? []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const stop = async () => {
    await endChild(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const port = (await untilPrinted(child, /Listening on 127\.0\.0\.1:(\d+)/))[1];
    return {
      rpcUrl: `http://127.0.0.1:${port}`,
      wsUrl: `ws://127.0.0.1:${port}`,
      ipcPath,
      pid: child.pid as number,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
