import { Connection } from "@solana/web3.js";

const TIMEOUT_MS = 10_000;

/**
 * web3.js's Connection, at `processed`, with a limit to how long a node may be silent, which it has not of its own, and without its
 * silent repeats.
 * @param wsEndpoint where it is not at the port after the RPC's, as nodes have it
 */
export const openConnection = (url: string, wsEndpoint?: string, timeoutMs = TIMEOUT_MS): Connection =>
  new Connection(url, {
    commitment: "processed",
    disableRetryOnRateLimit: true,
    ...(wsEndpoint === undefined ? {} : { wsEndpoint }),
    fetch: (input, init) =>
      fetch(input as string, { ...(init as RequestInit), signal: AbortSignal.timeout(timeoutMs) }),
  });
