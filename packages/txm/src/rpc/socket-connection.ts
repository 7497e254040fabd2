import { ChronoError } from "@chronoledger/core";
import type { Head } from "../types.ts";
import { headOf, REQUEST_TIMEOUT_MS, type RpcConnection, RpcError } from "./types.ts";
import { openWireSocket, type WireSocket } from "./wire-socket.ts";

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 2_000;
/** A subscription that died without a word is noticed after this long without a head. */
const WATCHDOG_MS = 3_000;

type Waiting = { resolve: (value: unknown) => void; reject: (error: unknown) => void; timer: NodeJS.Timeout };
type Message = {
  id?: number;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
  method?: string;
  params?: { result?: unknown };
};

/** JSON-RPC over a Unix socket or WebSocket: reconnects by itself, subscribes again, and asks for the newest head after a gap. */
export function createSocketConnection(url: string): RpcConnection {
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(head: Head) => void>();
  let socket: WireSocket | undefined;
  let open = false;
  let closed = false;
  let nextId = 1;
  let delay = RECONNECT_FIRST_MS;
  let reconnect: NodeJS.Timeout | undefined;
  let lastHash = "";
  let heardHead = false;
  let opened = Promise.withResolvers<void>();
  opened.promise.catch(() => undefined);

  const unavailable = (reason: string) => new ChronoError("rpc/unavailable", { reason });

  const emit = (head: Head | undefined) => {
    if (head === undefined || head.hash === lastHash) return;
    lastHash = head.hash;
    heardHead = true;
    for (const listener of listeners) listener(head);
  };

  const onMessage = (text: string) => {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      socket?.close();
      return;
    }
    if (message.method === "eth_subscription") return emit(headOf(message.params?.result));
    const waiter = message.id === undefined ? undefined : waiting.get(message.id);
    if (waiter === undefined || message.id === undefined) return;
    waiting.delete(message.id);
    clearTimeout(waiter.timer);
    if (message.error === undefined) waiter.resolve(message.result);
    else waiter.reject(new RpcError(message.error.code, message.error.message, message.error.data));
  };

  const write = (method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(unavailable(`no answer to ${method} in ${timeoutMs} ms`));
      }, timeoutMs);
      waiting.set(id, { resolve, reject, timer });
      socket?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });

  const askHead = () =>
    write("eth_getBlockByNumber", ["latest", false], REQUEST_TIMEOUT_MS).then(
      (block) => emit(headOf(block)),
      () => undefined,
    );

  const onOpen = () => {
    open = true;
    delay = RECONNECT_FIRST_MS;
    opened.resolve();
    if (listeners.size > 0) void subscribe();
  };
  const subscribe = async () => {
    await write("eth_subscribe", ["newHeads"], REQUEST_TIMEOUT_MS).catch(() => undefined);
    await askHead();
  };
  const onClose = (reason: string) => {
    if (open) opened = Promise.withResolvers<void>();
    opened.promise.catch(() => undefined);
    open = false;
    for (const waiter of waiting.values()) {
      clearTimeout(waiter.timer);
      waiter.reject(unavailable(reason));
    }
    waiting.clear();
    if (closed) return;
    reconnect = setTimeout(connect, delay);
    delay = Math.min(delay * 2, RECONNECT_MOST_MS);
  };
  const connect = () => {
    socket = openWireSocket(url, { onOpen, onMessage, onClose });
  };
  connect();

  const watchdog = setInterval(() => {
    if (open && listeners.size > 0 && !heardHead) void askHead();
    heardHead = false;
  }, WATCHDOG_MS);
  watchdog.unref();

  return {
    async request(method, params, timeoutMs = REQUEST_TIMEOUT_MS) {
      if (closed) throw unavailable("the connection was closed");
      if (!open) await withTimeout(opened.promise, timeoutMs, unavailable("not connected"));
      return write(method, params, timeoutMs);
    },
    onHead(listener) {
      listeners.add(listener);
      if (listeners.size === 1 && open) void subscribe();
      return () => void listeners.delete(listener);
    },
    get connected() {
      return open;
    },
    close() {
      closed = true;
      clearTimeout(reconnect);
      clearInterval(watchdog);
      opened.reject(unavailable("the connection was closed"));
      socket?.close();
    },
  };
}

async function withTimeout<Value>(work: Promise<Value>, timeoutMs: number, error: Error): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
