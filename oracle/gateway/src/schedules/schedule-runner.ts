import type { Database } from "@chronoledger/service";
import { sql } from "drizzle-orm";
import type { GatewayContext } from "../context.ts";
import type { TargetPolicy } from "../webhooks/target-guard.ts";
import { EvmRunner, evmSettingsOf } from "./evm-runner.ts";
import { HttpRunner, type RunnerOptions } from "./http-runner.ts";
import { ScheduleStore } from "./schedule-store.ts";

/** Nobody shares an embedded database: whoever has leases there is gone, and what is due need not wait for their end. */
async function clearLeases(db: Database): Promise<void> {
  await db.execute(sql`update gateway_schedules set lease_until = 0 where not settled`);
  await db.execute(sql`update gateway_chain_leases set until = 0`);
}

export type ScheduleRunner = { stop(): Promise<void> };

/**
 * Starts what carries schedules out. Stopping cuts off attempts under way: what is stored says how to go on.
 * @throws config/invalid when a chain is half configured
 */
export function startScheduleRunner(
  context: GatewayContext,
  options: RunnerOptions & { readonly resolve?: TargetPolicy["resolve"] } = {},
): ScheduleRunner {
  const { db, outbox, schedules: desk, config, log } = context;
  const store = new ScheduleStore(db, outbox);
  const policy: TargetPolicy = {
    allowPrivate: config.GATEWAY_PRIVATE_TARGETS,
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
  };
  const settings = evmSettingsOf(config);
  const http = new HttpRunner({ ...context, store, policy }, options);
  const evm = settings === undefined ? undefined : new EvmRunner({ ...context, store, desk, settings });
  const stopWaking = desk.onWake(() => {
    http.wake();
    evm?.wake();
  });
  const ready = (context.databaseKind === "embedded" ? clearLeases(db) : Promise.resolve()).catch((error) =>
    log.warn({ err: error }, "leases of a former process stay until their end"),
  );
  const running = [
    ready.then(() => http.run()),
    ready.then(() => evm?.run()).catch((error) => log.error({ err: error }, "there is no scheduling on the chain")),
  ];
  return {
    async stop() {
      stopWaking();
      http.stop();
      evm?.stop();
      await Promise.all(running);
    },
  };
}
