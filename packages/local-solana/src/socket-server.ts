import { once } from "node:events";
import { type WebSocket, WebSocketServer } from "ws";
import type { PubSub } from "./pub-sub.ts";
import { answer, answerError, Request } from "./rpc/dispatch.ts";
import { RpcError } from "./rpc/rpc-error.ts";

const MAX_CONNECTIONS = 256;
const MAX_MESSAGE_BYTES = 64 * 1024;
/** A client that reads so much slower than it is written to is cut off. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;
/** Told so, clients do not try to connect again. */
const NORMAL_CLOSURE = 1_000;
/** How long a client may take to agree to that. */
const CLOSING_MS = 500;

export type SocketServer = {
  /** Ends every connection; new ones are refused until it is called with false. */
  refuse(refusing: boolean): void;
  close(): Promise<void>;
};

/** The pub-sub side. @throws what listening throws, e.g. EADDRINUSE. */
export async function startSocketServer(pubSub: PubSub, host: string, port: number): Promise<SocketServer> {
  let refusing = false;
  const server = new WebSocketServer({
    host,
    port,
    maxPayload: MAX_MESSAGE_BYTES,
    verifyClient: (_, decide) => decide(!refusing && server.clients.size < MAX_CONNECTIONS, 503),
  });
  await once(server, "listening");
  server.on("connection", (socket) => serve(pubSub, socket));
  const endAll = () => {
    for (const client of server.clients) client.terminate();
  };
  return {
    refuse(now) {
      refusing = now;
      if (now) endAll();
    },
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(endAll, CLOSING_MS);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        for (const client of server.clients) client.close(NORMAL_CLOSURE);
      }),
  };
}

function serve(pubSub: PubSub, socket: WebSocket): void {
  const subscriber = {
    send(text: string) {
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.send(text);
    },
  };
  socket.on("close", () => pubSub.remove(subscriber));
  socket.on("error", () => socket.terminate());
  socket.on("message", (data, binary) => {
    if (binary) return socket.terminate();
    receive(pubSub, subscriber, String(data));
  });
}

function receive(pubSub: PubSub, subscriber: { send(text: string): void }, text: string): void {
  let request: Request;
  try {
    request = Request.parse(JSON.parse(text));
  } catch {
    subscriber.send(answerError(null, new RpcError("invalid request", "Invalid request")));
    return;
  }
  const { id, method, params } = request;
  const [, kind = "", action] = /^(\w+?)(Subscribe|Unsubscribe)$/.exec(method) ?? [];
  try {
    if (action === "Subscribe") {
      const subscription = pubSub.subscribe(subscriber, kind, params ?? []);
      subscriber.send(answer(id, subscription.id));
      subscription.start();
    } else if (action === "Unsubscribe") {
      if (!pubSub.unsubscribe(subscriber, params?.[0]))
        throw new RpcError("invalid params", "Invalid subscription id.");
      subscriber.send(answer(id, true));
    } else if (id !== undefined) {
      if (method !== "ping") throw new RpcError("method not found", "Method not found");
      subscriber.send(answer(id, "pong"));
    }
  } catch (error) {
    subscriber.send(answerError(id, error));
  }
}
