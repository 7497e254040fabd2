import type { Head } from "../types.ts";

/** An answer of the node that is an error. Its message is classified in failure.ts, never its code. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export interface RpcConnection {
  /** @throws RpcError as the node answered, or ChronoError rpc/unavailable when no answer came. */
  request(method: string, params: readonly unknown[], timeoutMs?: number): Promise<unknown>;
  /** Heads as they are announced (or polled, over HTTP). @returns stops it. */
  onHead(listener: (head: Head) => void): () => void;
  /** Whether the last contact with the node succeeded. */
  readonly connected: boolean;
  close(): void;
}

export const REQUEST_TIMEOUT_MS = 10_000;

/** The block object of JSON-RPC, or undefined when it is not one. */
export function headOf(block: unknown): Head | undefined {
  if (typeof block !== "object" || block === null) return undefined;
  const { number, hash, parentHash, timestamp, baseFeePerGas } = block as Record<string, string | undefined>;
  if (number === undefined || hash === undefined || parentHash === undefined || timestamp === undefined)
    return undefined;
  return {
    number: Number(number),
    hash: hash as Head["hash"],
    parentHash: parentHash as Head["parentHash"],
    timestamp: BigInt(timestamp),
    baseFeePerGas: BigInt(baseFeePerGas ?? "0x0"),
  };
}
