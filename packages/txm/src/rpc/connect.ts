import { createHttpConnection } from "./http-connection.ts";
import { createSocketConnection } from "./socket-connection.ts";
import type { RpcConnection } from "./types.ts";
import { isHttpUrl } from "./wire-socket.ts";

/** http(s):// and ws(s):// addresses, or the path of a node's Unix socket (also written ipc://path). */
export const connectRpc = (url: string): RpcConnection =>
  isHttpUrl(url) ? createHttpConnection(url) : createSocketConnection(url);

export type { RpcConnection } from "./types.ts";
