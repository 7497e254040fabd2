import { AggregatorStatus, KeeperStatus, RelayerStatus, RunList, type RunRecord } from "@chronoledger/core";
import { requestJson } from "@chronoledger/service";
import type * as z from "zod";
import { HOST, type Ports } from "./ports.ts";

/** What the network's services say at one moment; undefined for one that does not answer. */
export type Snapshot = {
  readonly aggregator: AggregatorStatus | undefined;
  readonly relayer: RelayerStatus | undefined;
  readonly keepers: readonly (KeeperStatus | undefined)[];
  readonly runs: readonly RunRecord[];
  readonly solana: { readonly relayer: RelayerStatus | undefined; readonly runs: readonly RunRecord[] };
};

const TIMEOUT_MS = 2_000;

async function ask<Schema extends z.ZodType>(
  port: number,
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    return await requestJson(`http://${HOST}:${port}${path}`, {
      schema,
      timeoutMs: TIMEOUT_MS,
      unreachable: "process/failed",
    });
  } catch {
    return undefined;
  }
}

/** @param limit how many runs to ask each keeper for. */
export async function takeSnapshot(ports: Ports, limit: number): Promise<Snapshot> {
  const [aggregator, relayer, keepers, lists, solanaRelayer, solanaRuns] = await Promise.all([
    ask(ports.aggregator, "/v1/status", AggregatorStatus),
    ask(ports.relayer, "/v1/status", RelayerStatus),
    Promise.all(ports.keepers.map((port) => ask(port, "/v1/status", KeeperStatus))),
    Promise.all(ports.keepers.map((port) => ask(port, `/v1/runs?limit=${limit}`, RunList))),
    ask(ports.solanaRelayer, "/v1/status", RelayerStatus),
    ask(ports.solanaKeeper, `/v1/runs?limit=${limit}`, RunList),
  ]);
  return {
    ...{ aggregator, relayer, keepers },
    runs: mergeRuns(lists.flatMap((list) => list?.runs ?? [])),
    solana: { relayer: solanaRelayer, runs: mergeRuns(solanaRuns?.runs ?? []) },
  };
}

/** One record a run: the keeper whose transaction ran it knows most. Newest deadline first. */
export function mergeRuns(records: readonly RunRecord[]): RunRecord[] {
  const best = new Map<string, RunRecord>();
  for (const record of records) {
    const key = `${record.scheduleId}-${record.number}`;
    if (!best.has(key) || record.mine) best.set(key, record);
  }
  return [...best.values()].sort((a, b) =>
    a.notBeforeUtcNs > b.notBeforeUtcNs ? -1 : a.notBeforeUtcNs < b.notBeforeUtcNs ? 1 : 0,
  );
}

/** Nearest-rank percentile (0 to 1) in milliseconds; null of nothing. */
export function percentileMs(values: readonly bigint[], share: number): number | null {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return value === undefined ? null : Math.round(Number(value) / 1e3) / 1e3;
}
