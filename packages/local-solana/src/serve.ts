import { ChronoError } from "@chronoledger/core";
import { createHttpServer, type HttpServer, type Logger } from "@chronoledger/service";
import { addRpcRoutes, type RpcRoutes } from "./http-routes.ts";
import type { PubSub } from "./pub-sub.ts";
import { type SocketServer, startSocketServer } from "./socket-server.ts";

/** Tries for a free pair of ports. */
const MAX_TRIES = 20;
const LAST_PORT = 65_535;

export type ServeOptions = Omit<RpcRoutes, "server"> & {
  readonly pubSub: PubSub;
  readonly host: string;
  /** 0 finds a pair. */
  readonly port: number;
};
export type Served = { readonly port: number; readonly sockets: SocketServer; close(): Promise<void> };

/** HTTP on the port and WebSocket on the next, where clients look for it. @throws process/port-in-use */
export async function serve(options: ServeOptions): Promise<Served> {
  for (let tries = 1; ; tries++) {
    const server = openHttp(options);
    const port = await server.listen();
    try {
      if (port === LAST_PORT) throw new ChronoError("process/port-in-use", { port: port + 1 });
      const sockets = await listenNext(options, port + 1);
      return {
        port,
        sockets,
        async close() {
          await sockets.close();
          await server.close();
        },
      };
    } catch (error) {
      await server.close();
      if (options.port !== 0 || tries === MAX_TRIES) throw error;
    }
  }
}

function openHttp(options: ServeOptions): HttpServer {
  const { host, port, answering } = options;
  const log: Logger = options.log;
  const notReady = () => (answering() ? undefined : "told not to answer");
  const server = createHttpServer({ log, name: "local-solana", host, port, notReady });
  addRpcRoutes({ ...options, server });
  return server;
}

async function listenNext({ pubSub, host }: ServeOptions, port: number): Promise<SocketServer> {
  try {
    return await startSocketServer(pubSub, host, port);
  } catch (cause) {
    throw new ChronoError(
      "process/port-in-use",
      { port, host },
      { cause, remedy: "the WebSocket needs the port above that of HTTP; choose another pair" },
    );
  }
}
