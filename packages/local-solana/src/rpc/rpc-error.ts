import { isChronoError } from "@chronoledger/core";

/** Nodes' own numbers. */
const CODES = {
  "parse error": -32700,
  "invalid request": -32600,
  "method not found": -32601,
  "invalid params": -32602,
  internal: -32603,
  "preflight failed": -32002,
  "signature failed": -32003,
  "block not available": -32004,
  "node unhealthy": -32005,
  "slot skipped": -32009,
  "version not supported": -32015,
  "context slot not reached": -32016,
} as const;

/** An answer of JSON-RPC that is an error. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(kind: keyof typeof CODES, message: string, data?: unknown) {
    super(message);
    this.code = CODES[kind];
    this.data = data;
  }
}

export function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (!isChronoError(error)) return new RpcError("internal", "Internal error");
  if (error.code.startsWith("input/")) return new RpcError("invalid params", error.message);
  return new RpcError(error.code === "rate/limited" ? "node unhealthy" : "internal", error.message);
}
