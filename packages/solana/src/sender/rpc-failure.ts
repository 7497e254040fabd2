import { ChronoError } from "@chronoledger/core";

/** JSON-RPC's own codes for a request that no node takes. */
const REFUSED = new Set<unknown>([-32600, -32601, -32602]);
const MAX_CAUSES = 4;

/**
 * The one place where failures of web3.js's Connection are translated.
 * @throws rpc/rejected for a request that no node takes, rpc/unavailable for the rest
 */
export async function ask<Value>(method: string, request: () => Promise<Value>): Promise<Value> {
  try {
    return await request();
  } catch (cause) {
    throw new ChronoError(isRefusal(cause) ? "rpc/rejected" : "rpc/unavailable", { method }, { cause });
  }
}

function isRefusal(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; at = at.cause, depth++)
    if (REFUSED.has((at as { code?: unknown }).code)) return true;
  // The sending method hides the code of an answer and keeps its text.
  return (
    error instanceof Error && /too large|failed to deserialize|invalid transaction|unsupported/i.test(error.message)
  );
}
