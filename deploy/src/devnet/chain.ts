import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ChronoError } from "@chronoledger/core";
import type { Clock } from "@chronoledger/service";
import { type Chain, defineChain } from "viem";
import { mineEachSecond } from "./metronome.ts";
import { pollUntil } from "./poll.ts";
import { HOST } from "./ports.ts";
import type { ProcessSpec } from "./supervised-process.ts";

export const CHAIN_ID = 31_337;
/** Said here and not taken from viem/chains, whose hundreds of chains take most of a second to load. */
export const CHAIN: Chain = defineChain({
  id: CHAIN_ID,
  name: "ChronoLedger development chain",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [] } },
});
export const BLOCK_SECONDS = 1;

type Rpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export const rpcAt =
  (port: number): Rpc =>
  async (method, params = []) => {
    const response = await fetch(`http://${HOST}:${port}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(5_000),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { code: number; message: string } };
    if (answer.error !== undefined)
      throw new ChronoError("rpc/rejected", { method, code: answer.error.code, message: answer.error.message });
    return answer.result;
  };

/** The binary itself, not its wrapper: a signal must reach the node. */
export function anvilBinary(): string {
  const require = createRequire(import.meta.url);
  const cpu = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${cpu}`;
  try {
    return join(require.resolve(`${name}/package.json`), "..", "bin", "anvil");
  } catch (cause) {
    throw new ChronoError(
      "config/invalid",
      { package: name },
      { cause, remedy: "anvil is not published for this platform" },
    );
  }
}

/** A dump that was cut off by a kill is put back from the copy before it: the chain then goes back by a few blocks, like a reorg. */
export function repairState(file: string): void {
  if (!existsSync(file)) return;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    copyFileSync(file, `${file}.good`);
  } catch {
    rmSync(file);
    if (existsSync(`${file}.good`)) copyFileSync(`${file}.good`, file);
  }
}

/**
 * anvil with its state kept on disk, dumped each second: killed, it comes back at most a few blocks earlier.
 * @param mining whether the network has been deployed and blocks are to come each second.
 */
export function chainSpec(options: {
  readonly port: number;
  readonly dataDir: string;
  readonly ipcPath: string;
  readonly clock: Clock;
  readonly mining: () => boolean;
}): ProcessSpec {
  const folder = join(options.dataDir, "chain");
  const state = join(folder, "state.json");
  mkdirSync(folder, { recursive: true });
  const rpc = rpcAt(options.port);
  return {
    name: "chain",
    get command() {
      repairState(state);
      rmSync(options.ipcPath, { force: true });
      return anvilBinary();
    },
    get args() {
      const mode = options.mining() ? ["--no-mining"] : [];
      return [
        ...["--host", HOST, "--port", String(options.port), "--chain-id", String(CHAIN_ID), "--hardfork", "osaka"],
        ...[
          "--ipc",
          options.ipcPath,
          "--state",
          state,
          "--state-interval",
          "1",
          "--slots-in-an-epoch",
          "1",
          "--silent",
          ...mode,
        ],
      ];
    },
    env: { PATH: process.env.PATH ?? "" },
    logFile: join(options.dataDir, "logs", "chain.log"),
    async ready(signal) {
      await pollUntil("the chain", async () => (await rpc("eth_chainId")) === `0x${CHAIN_ID.toString(16)}`, {
        everyMs: 20,
        timeoutMs: 20_000,
        signal,
      });
      if (options.mining()) await mineEachSecond({ request: rpc }, options.clock);
    },
  };
}
