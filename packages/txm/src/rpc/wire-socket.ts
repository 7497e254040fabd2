import { connect } from "node:net";
import WebSocket from "ws";
import { createJsonFramer } from "./json-framer.ts";

/** One connection to a node, a Unix socket or a WebSocket, that carries texts. It never reconnects. */
export type WireSocket = {
  /** Writes at once, in the calling turn of the event loop. */
  write(text: string | Buffer): void;
  close(): void;
};

export type WireEvents = {
  readonly onOpen: () => void;
  readonly onMessage: (text: string) => void;
  /** Once, after an error too. */
  readonly onClose: (reason: string) => void;
};

export const isWebSocketUrl = (url: string): boolean => /^wss?:\/\//.test(url);
export const isHttpUrl = (url: string): boolean => /^https?:\/\//.test(url);

export const openWireSocket = (url: string, events: WireEvents): WireSocket =>
  isWebSocketUrl(url) ? openWebSocket(url, events) : openUnixSocket(url.replace(/^(ipc|unix):(\/\/)?/, ""), events);

function openUnixSocket(path: string, events: WireEvents): WireSocket {
  const socket = connect(path);
  let reason = "closed by the node";
  const feed = createJsonFramer(events.onMessage);
  socket.once("connect", events.onOpen);
  socket.on("error", (error) => {
    reason = error.message;
  });
  socket.on("data", (chunk: Buffer) => {
    try {
      feed(chunk);
    } catch (error) {
      reason = String(error);
      socket.destroy();
    }
  });
  socket.once("close", () => events.onClose(reason));
  return { write: (text) => void socket.write(text), close: () => socket.destroy() };
}

function openWebSocket(url: string, events: WireEvents): WireSocket {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: 5_000,
    maxPayload: 64 * 1024 * 1024,
  });
  let reason = "closed by the node";
  socket.once("open", events.onOpen);
  socket.on("error", (error) => {
    reason = error.message;
  });
  socket.on("message", (data) => events.onMessage(data.toString()));
  socket.once("close", () => events.onClose(reason));
  return { write: (text) => socket.send(text, { binary: false }), close: () => socket.terminate() };
}
