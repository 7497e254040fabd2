import { createServer } from "node:net";
import { ChronoError } from "@chronoledger/core";

export const HOST = "127.0.0.1";
export const NODE_COUNT = 4;
export const KEEPER_COUNT = 2;

export type Ports = {
  readonly chain: number;
  readonly redis: number;
  readonly nodes: readonly number[];
  readonly aggregator: number;
  readonly relayer: number;
  readonly keepers: readonly number[];
  /** JSON-RPC; the WebSocket is on the next one. */
  readonly solana: number;
  readonly solanaRelayer: number;
  readonly solanaKeeper: number;
  readonly gateway: number;
};

export const portsFrom = (base: number): Ports => ({
  chain: base,
  redis: base + 1,
  aggregator: base + 2,
  relayer: base + 3,
  nodes: Array.from({ length: NODE_COUNT }, (_, i) => base + 4 + i),
  keepers: Array.from({ length: KEEPER_COUNT }, (_, i) => base + 4 + NODE_COUNT + i),
  solana: base + 10,
  solanaRelayer: base + 12,
  solanaKeeper: base + 13,
  gateway: base + 14,
});

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** @throws process/port-in-use naming each busy port. */
export async function requireFree(ports: Ports): Promise<void> {
  const { nodes, keepers, ...single } = ports;
  const all = [...Object.values(single), ...nodes, ...keepers, ports.solana + 1];
  const free = await Promise.all(all.map(isFree));
  const busy = all.filter((_, i) => !free[i]);
  if (busy.length > 0)
    throw new ChronoError(
      "process/port-in-use",
      { ports: busy.join(" ") },
      { remedy: "stop what uses them, or choose other ports with --port-base" },
    );
}
