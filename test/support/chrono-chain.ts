import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployment, deployChronoLedger } from "../../deploy/src/deploy-chronoledger.ts";
import { ANVIL_KEYS, startAnvil } from "./anvil.ts";
import type { Quorum } from "./quorum.ts";

export type ChronoChain = { readonly rpcUrl: string; readonly deployment: Deployment; stop(): Promise<void> };

/** A local chain of its own with everything deployed and the quorum's nodes installed; its clock begins at the second. */
export async function startChronoChain(
  quorum: Quorum,
  options: { readonly startS: bigint; readonly hardfork?: string },
): Promise<ChronoChain> {
  const { startS, ...rules } = options;
  const { rpcUrl, stop: stopAnvil } = await startAnvil({ ...rules, args: ["--timestamp", String(startS)] });
  const folder = mkdtempSync(join(tmpdir(), "chrono-chain-"));
  const stop = async () => {
    await stopAnvil();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const deployment = await deployChronoLedger({
      rpcUrl,
      deployerKey: ANVIL_KEYS[0],
      impersonateOwner: true,
      nodeSet: quorum.set,
      proofsOfPossession: quorum.proofs,
      deploymentDir: join(folder, "journal"),
      addressesDir: folder,
      networkName: "test",
      pollingMs: 10,
    });
    return { rpcUrl, deployment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
