import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Receipts, readReceipts } from "./receipts.ts";

/** From the root of the repository. */
export const PEERS_FILE = "docs/gas-peers.json";
const SNAPSHOTS_FOLDER = "snapshots";

/** How a peer's figure came about. */
export type Basis = "receipt" | "harness" | "inside" | "published" | "constant";

export type PeerFigure = {
  /** A key of `systems`. */
  readonly system: string;
  readonly what: string;
  readonly signatures?: number;
  readonly gas: number;
  /** The upper end, when a range is known. */
  readonly upTo?: number;
  readonly basis: Basis;
};
export type PeerExecution = Omit<PeerFigure, "gas" | "upTo"> & {
  readonly gas?: number;
  /** Over calling the target directly. */
  readonly over: number;
  /** Of time, enforced on chain. */
  readonly bounds: string;
};

export type Peers = {
  readonly harness: {
    readonly tool: string;
    /** What the harness adds to a receipt. */
    readonly offset: number;
    /** Of the target alone, in the harness. */
    readonly directCall: number;
  };
  readonly systems: Readonly<
    Record<string, { readonly name: string; readonly source: string; readonly condition: string }>
  >;
  readonly storing: readonly PeerFigure[];
  readonly using: readonly PeerFigure[];
  readonly verifying: readonly PeerFigure[];
  readonly executing: readonly PeerExecution[];
  readonly scheduling: readonly PeerFigure[];
  readonly reading: readonly PeerFigure[];
};

/** Group, name, and gas or bytes as Hardhat writes them. */
export type Snapshots = Readonly<Record<string, Readonly<Record<string, string>>>>;
export type GasFigures = { readonly receipts: Receipts; readonly snapshots: Snapshots; readonly peers: Peers };

function readSnapshots(root: string): Snapshots {
  const files = readdirSync(join(root, SNAPSHOTS_FOLDER)).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(
    files
      .sort()
      .map((file) => [
        file.replace(".json", ""),
        JSON.parse(readFileSync(join(root, SNAPSHOTS_FOLDER, file), "utf8")) as Snapshots[string],
      ]),
  );
}

/** @param root Of the repository. */
export const readGasFigures = (root: string): GasFigures => ({
  receipts: readReceipts(root),
  snapshots: readSnapshots(root),
  peers: JSON.parse(readFileSync(join(root, PEERS_FILE), "utf8")) as Peers,
});

/** @throws when no such thing was measured: a renamed snapshot has to be renamed here as well. */
export function snapshotOf(snapshots: Snapshots, group: string, name: string): number {
  const value = snapshots[group]?.[name];
  if (value === undefined) throw new Error(`the gas document needs the snapshot "${group}: ${name}"`);
  return Number(value);
}
