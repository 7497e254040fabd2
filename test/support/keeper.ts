import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KeeperStatus, RunList, type RunRecord } from "../../packages/core/src/index.ts";
import { endChild, untilPrinted } from "./child.ts";

const MAIN = fileURLToPath(new URL("../../keeper/src/main.ts", import.meta.url));

export type KeeperProcess = {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  runs(limit?: number): Promise<RunRecord[]>;
  status(): Promise<KeeperStatus>;
  /** Kills without warning. */
  kill(): Promise<void>;
  /** Asks it to stop. @returns the exit code */
  end(): Promise<number | null>;
};

/** The real keeper process. `env` takes its settings; the account's key and a data folder are made from `key` and `dataDir`. */
export async function startKeeperProcess(options: {
  env: Readonly<Record<string, string>>;
  key: string;
  dataDir?: string;
  untilAtWork?: boolean;
}): Promise<KeeperProcess> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "chrono-keeper-"));
  const keyFile = join(dataDir, "account.key");
  writeFileSync(keyFile, options.key, { mode: 0o600 });
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? "",
      ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      KEEPER_KEY_FILE: keyFile,
      KEEPER_DATA_DIR: dataDir,
      KEEPER_PORT: "0",
      CHRONO_PARENT_PIPE: "1",
      ...options.env,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // For whoever looks into a failure: what keepers print is kept in this folder.
  if (process.env.CHRONO_TEST_LOGS !== undefined)
    child.stdout?.pipe(createWriteStream(join(process.env.CHRONO_TEST_LOGS, `keeper-${child.pid}.log`)));
  const serving = untilPrinted(child, /serves on (http:\/\/[\d.]+:\d+)/);
  const atWork = options.untilAtWork === false ? serving : untilPrinted(child, /the keeper is at work/);
  const url = (await serving)[1] as string;
  await atWork;
  const ask = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
  return {
    url,
    pid: child.pid as number,
    dataDir,
    runs: async (limit = 1_000) => RunList.decode((await ask(`/v1/runs?limit=${limit}`)) as never).runs,
    status: async () => KeeperStatus.decode((await ask("/v1/status")) as never),
    kill: () => endChild(child),
    async end() {
      await endChild(child, "SIGTERM");
      return child.exitCode;
    },
  };
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });
