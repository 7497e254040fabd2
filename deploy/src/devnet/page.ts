import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ChronoError } from "@chronoledger/core";
import { environment, ROOT } from "./services.ts";

const LIMIT_MS = 60_000;

/** Builds the web page where the gateway of this network looks for it. @throws process/failed with what the build printed */
export async function buildPage(dataDir: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, "app/src/main.ts"), join(dataDir, "page")], {
      env: environment({}),
      timeout: LIMIT_MS,
    });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new ChronoError("process/failed", { process: "page" }, { cause, remedy: stderr ?? "" });
  }
}
