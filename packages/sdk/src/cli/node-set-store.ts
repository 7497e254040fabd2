import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ChronoError, type NodeSet, NodeSetFile, nodeSetToJson, parseNodeSet } from "@chronoledger/core";
import { transportOptions } from "../client-options.ts";
import { Transport } from "../transport.ts";
import { configFolder, writePrivate } from "./config-file.ts";
import { UsageError } from "./usage-error.ts";

const folder = (): string => join(configFolder(), "node-sets");
const fileOf = (set: NodeSet): string => join(folder(), `${set.networkId}-${set.epoch}.json`);
const textOf = (set: NodeSet): string => `${JSON.stringify(nodeSetToJson(set), undefined, 2)}\n`;

/** @throws UsageError */
export function readNodeSet(path: string): NodeSet {
  try {
    return parseNodeSet(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new UsageError(`--node-set ${path} cannot be used: ${(error as Error).message}`);
  }
}

/** Those that were met before. */
export function keptNodeSets(): NodeSet[] {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  return readdirSync(folder())
    .filter((name) => name.endsWith(".json"))
    .map((name) => readNodeSet(join(folder(), name)));
}

export type TrustRoot = { readonly sets: readonly NodeSet[]; readonly origin: string };

/**
 * The sets that proofs are held against: the file, or those kept from earlier. What the gateway tells is kept at first use and
 * compared ever after.
 * @param note told when a set is trusted for the first time
 * @throws config/invalid when the gateway tells other keys for an epoch that is known
 */
export async function trustRoot(
  url: string,
  file: string | undefined,
  note: (text: string) => void,
): Promise<TrustRoot> {
  if (file !== undefined) return { sets: [readNodeSet(file)], origin: `the node set in ${file}` };
  const transport = new Transport(transportOptions({ url }));
  const json = await transport.json("/v1/node-set", NodeSetFile, { open: true });
  const told = parseNodeSet(NodeSetFile.encode(json));
  const kept = keptNodeSets();
  const known = kept.find(({ networkId, epoch }) => networkId === told.networkId && epoch === told.epoch);
  const place = fileOf(told);
  if (known !== undefined && textOf(known) !== textOf(told))
    throw new ChronoError(
      "config/invalid",
      { networkId: told.networkId, epoch: told.epoch, kept: place },
      {
        remedy:
          "the gateway tells other keys than before. If the network was made anew, as a development network is, remove that file; if not, do not trust this gateway",
      },
    );
  if (known === undefined) {
    writePrivate(place, textOf(told));
    note(
      `Node set of network ${told.networkId}, epoch ${told.epoch}: trusted from now on because ${url} told it, and kept in ${place}. Give --node-set FILE to rely on one that you got another way.`,
    );
  }
  return { sets: [told, ...kept.filter((set) => set !== known)], origin: `the node set kept in ${place}` };
}
