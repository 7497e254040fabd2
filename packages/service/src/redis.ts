import { ChronoError } from "@chronoledger/core";
import { Redis } from "ioredis";
import type { Logger } from "./log.ts";

/**
 * A connection that comes back by itself and never ends the process. `maxRetriesPerRequest: null` is what BullMQ needs of
 * its blocking connections.
 */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  let down = false;
  redis.on("error", (error) => {
    if (!down) log.warn({ err: error }, "redis is unavailable; reconnecting");
    down = true;
  });
  redis.on("ready", () => {
    if (down) log.info("redis is back");
    down = false;
  });
  return redis;
}

/** @throws queue/unavailable */
export async function pingRedis(redis: Redis, timeoutMs: number): Promise<void> {
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new ChronoError("queue/unavailable", { timeoutMs })), timeoutMs).unref();
  });
  await Promise.race([redis.ping(), timeout]);
}
