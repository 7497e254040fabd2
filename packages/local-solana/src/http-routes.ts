import type { HttpServer, Logger } from "@chronoledger/service";
import type { Ledger } from "./ledger.ts";
import { answerError, dispatch } from "./rpc/dispatch.ts";
import { FAULT_PREFIX } from "./rpc/fault-methods.ts";
import type { RpcMethod } from "./rpc/method.ts";
import { RpcError } from "./rpc/rpc-error.ts";

export type RpcRoutes = {
  readonly server: HttpServer;
  readonly ledger: Ledger;
  readonly methods: Readonly<Record<string, RpcMethod>>;
  readonly answering: () => boolean;
  readonly log: Logger;
};

/** JSON-RPC by POST. Pages of any origin may call it, as they may call a real node. */
export function addRpcRoutes({ server: { app }, ledger, methods, answering, log }: RpcRoutes): void {
  const faultMethods = Object.fromEntries(Object.entries(methods).filter(([name]) => name.startsWith(FAULT_PREFIX)));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_, body, done) => done(null, body));
  app.addHook("onRequest", async (_, reply) => {
    reply.headers({ "access-control-allow-origin": "*", "access-control-allow-headers": "*" });
  });
  app.options("/", (_, reply) => reply.code(204).send());
  app.get("/health", (_, reply) => (answering() ? "ok" : reply.code(503).send("unhealthy")));
  app.post("/", (request, reply) => {
    const unexpected = (err: unknown, method: string) => log.error({ err, method }, "a method failed unexpectedly");
    reply.type("application/json");
    if (answering()) return dispatch(ledger, methods, String(request.body), unexpected);
    const body = String(request.body);
    if (body.includes(`"${FAULT_PREFIX}`)) return dispatch(ledger, faultMethods, body, unexpected);
    return reply.code(503).send(answerError(null, new RpcError("node unhealthy", "Node is unhealthy")));
  });
}
