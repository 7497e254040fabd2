import { ChronoError } from "@chronoledger/core";
import type { Head } from "../types.ts";
import { headOf, REQUEST_TIMEOUT_MS, type RpcConnection, RpcError } from "./types.ts";

const DEFAULT_POLL_MS = 250;

/** JSON-RPC over HTTP. Heads are polled. */
export function createHttpConnection(url: string, pollMs = DEFAULT_POLL_MS): RpcConnection {
  const listeners = new Set<(head: Head) => void>();
  const controller = new AbortController();
  let nextId = 1;
  let connected = false;
  let timer: NodeJS.Timeout | undefined;
  let lastHash = "";

  const request = async (
    method: string,
    params: readonly unknown[],
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<unknown> => {
    let answer: { result?: unknown; error?: { code: number; message: string; data?: unknown } };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: nextId++, method, params }),
        signal: AbortSignal.any([controller.signal, AbortSignal.timeout(timeoutMs)]),
      });
      answer = (await response.json()) as typeof answer;
      connected = true;
    } catch (cause) {
      connected = false;
      throw new ChronoError("rpc/unavailable", { method }, { cause });
    }
    if (answer.error !== undefined) throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
    return answer.result;
  };

  const poll = async () => {
    try {
      const head = headOf(await request("eth_getBlockByNumber", ["latest", false]));
      if (head !== undefined && head.hash !== lastHash) {
        lastHash = head.hash;
        for (const listener of listeners) listener(head);
      }
    } catch {
      // The next poll tries again; `connected` says how it stands.
    }
    timer = listeners.size > 0 && !controller.signal.aborted ? setTimeout(poll, pollMs) : undefined;
  };

  return {
    request,
    onHead(listener) {
      listeners.add(listener);
      if (listeners.size === 1) void poll();
      return () => void listeners.delete(listener);
    },
    get connected() {
      return connected;
    },
    close() {
      controller.abort();
      clearTimeout(timer);
    },
  };
}
