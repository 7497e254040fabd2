import { Server } from "node:net";
import { createRedisServer } from "js-redis-server";

/**
 * A stand-in for machines without Redis: speaks its protocol, keeps nothing. It can only be told a port, and would listen on
 * every interface, so each listen of this process is bound to the loopback one.
 */
const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, port: unknown) {
  return listen.call(this, { port: Number(port), host: "127.0.0.1" });
} as typeof listen;

await createRedisServer({ port: Number(process.argv[2]) });

const leave = () => process.exit(0);
process.once("SIGTERM", leave);
process.once("SIGINT", leave);
process.stdin.resume();
process.stdin.once("end", leave);
