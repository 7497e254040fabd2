import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { HardhatUserConfig } from "hardhat/types/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

/** Hardhat with the project's configuration, for a tree that may be a copy of the project. */
export async function openHardhat(root: string, tree = root): Promise<HardhatRuntimeEnvironment> {
  const path = join(root, "hardhat.config.ts");
  const module = (await import(pathToFileURL(path).href)) as { default: HardhatUserConfig };
  return await createHardhatRuntimeEnvironment(module.default, { config: path }, tree);
}
