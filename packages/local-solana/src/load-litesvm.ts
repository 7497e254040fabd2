import { ChronoError } from "@chronoledger/core";
import type { LiteSVM } from "litesvm";

/**
 * LiteSVM is native code, there for Linux and macOS on x64 and arm64; elsewhere the import itself fails.
 * @throws process/failed
 */
export async function loadLiteSvm(load: () => Promise<LiteSvmModule> = () => import("litesvm")): Promise<LiteSVM> {
  try {
    const { LiteSVM } = await load();
    return new LiteSVM();
  } catch (cause) {
    throw new ChronoError(
      "process/failed",
      { platform: process.platform, arch: process.arch },
      {
        cause,
        remedy:
          "the local Solana simulator runs LiteSVM, which has binaries for Linux and macOS on x64 and arm64 only; " +
          "on one of these, install again without leaving out optional dependencies",
      },
    );
  }
}

export type LiteSvmModule = { readonly LiteSVM: new () => LiteSVM };
