import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ChronoError } from "@chronoledger/core";
import * as z from "zod";

const Address = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{40}$/)]);

/** Where the contracts stand on one network: `deploy/addresses/<network>.json`. */
export const NetworkAddresses = z.strictObject({
  chainId: z.int().min(1),
  /** Tells a development chain that began anew from the one before. */
  genesisHash: z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]),
  registry: Address,
  oracle: Address,
  scheduler: Address,
  authority: Address,
  /** No event of these contracts is older: watchers begin here. */
  fromBlock: z.int().min(0),
});
export type NetworkAddresses = z.infer<typeof NetworkAddresses>;

/** @returns undefined when there is no such file. @throws config/invalid */
export function readNetworkAddresses(path: string): NetworkAddresses | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return NetworkAddresses.parse(JSON.parse(text));
  } catch (cause) {
    throw new ChronoError(
      "config/invalid",
      { file: path },
      { cause, remedy: "the file does not list the addresses of a network" },
    );
  }
}

/** Whole or not at all. */
export function writeNetworkAddresses(path: string, addresses: NetworkAddresses): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(addresses, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
