import { isChronoError, NS_PER_S } from "@chronoledger/core";
import { WakeableTimer } from "@chronoledger/service";
import type { GatewayContext } from "../context.ts";
import { newId } from "../http/new-id.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { changesOf, insertChanges, lastChanges, watchedAtStart, watchedNow } from "./network-changes.ts";
import { observationRow } from "./observation-row.ts";
import { insertObservations } from "./observation-store.ts";
import { applyRetention } from "./retention.ts";

/** How often old records are looked for. */
const RETENTION_NS = 86_400n * NS_PER_S;

export type Observer = {
  /** Looks now, and not when the time has come; for tests. */
  lookNow(): void;
  /** What is being written is finished. */
  stop(): Promise<void>;
};

/**
 * Records what the nodes' clocks say and what changes, and holds the accounts' rules against it, every GATEWAY_OBSERVE_MS. Several
 * gateways on one database record each their own looks. A round that fails is logged, and the next one goes on.
 */
export function startObserver(context: GatewayContext): Observer {
  const { db, arrival, clock, log, set, config } = context;
  const gateway = newId("gw");
  const timer = new WakeableTimer();
  const stopped = new AbortController();
  let last: Map<string, string> | undefined;
  let started = false;
  let cleanedAt: bigint | undefined;

  const record = async (watched: Parameters<typeof changesOf>[0], known: Map<string, string>): Promise<void> => {
    const after = new Map(known);
    await insertChanges(db, changesOf(watched, after), { timeUtcNs: clock.utcNow(), gateway });
    for (const [name, value] of after) known.set(name, value);
  };

  const begin = async (): Promise<Map<string, string>> => {
    const known = last ?? (await lastChanges(db));
    last = known;
    if (!started) {
      // Each start is told, also when nothing has changed since the last one.
      known.delete("started/gateway");
      await record([{ kind: "started", subject: "gateway", value: gateway }, ...watchedAtStart(config, set)], known);
      started = true;
    }
    return known;
  };

  const look = async (): Promise<void> => {
    const known = await begin();
    const reading = arrival.now();
    const looks = arrival.observations();
    await insertObservations(
      db,
      looks.map((one) => observationRow(one, reading, set)),
    );
    await record(watchedNow(looks, reading, set), known);
    await evaluateRules(context, reading?.taiMinusUtc ?? 0);
    const now = clock.monotonicNow();
    if (cleanedAt === undefined || now - cleanedAt >= RETENTION_NS) {
      cleanedAt = now;
      await applyRetention(context, stopped.signal);
    }
  };

  const failed = (error: unknown): void =>
    log.warn(
      { code: isChronoError(error) ? error.code : "internal/unexpected", err: error },
      "the clocks could not be recorded",
    );

  const run = async (): Promise<void> => {
    await begin().catch(failed);
    while (!stopped.signal.aborted) {
      // The nodes are asked first: at the start nothing has been heard of them yet.
      await timer.sleep(config.GATEWAY_OBSERVE_MS);
      if (!stopped.signal.aborted) await look().catch(failed);
    }
  };
  const running = run();

  return {
    lookNow: () => timer.wake(),
    async stop() {
      stopped.abort();
      timer.wake();
      await running;
    },
  };
}
