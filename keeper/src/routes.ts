import { ChronoError, KeeperStatus, RunList, RunRecord } from "@chronoledger/core";
import { type HttpServer, parseInput } from "@chronoledger/service";
import type { Hex } from "@chronoledger/txm";
import * as z from "zod";
import type { Keeper } from "./keeper.ts";
import { recordOf } from "./planner/run.ts";

const Limit = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const RunId = z.object({ id: z.string().regex(/^0x[0-9a-fA-F]{64}$/) });
const RunNumber = z.object({ number: z.coerce.number().int().min(0).max(0xffff_ffff).optional() });

export type RoutesContext = {
  readonly server: HttpServer;
  readonly chainId: number;
  readonly scheduler: string;
  readonly account: string;
  /** Undefined while the chain has never been reached. */
  readonly keeper: () => Keeper | undefined;
};

/** The HTTP interface of core's wire/keeper-api.ts. */
export function addKeeperRoutes({ server, chainId, scheduler, account, keeper }: RoutesContext): void {
  server.app.get("/v1/runs", async (request) => {
    const { limit } = parseInput(Limit, request.query);
    const running = keeper();
    await running?.book.flush();
    return RunList.encode({ runs: ((await running?.store.list(limit)) ?? []).map(recordOf) });
  });
  server.app.get("/v1/runs/:id", async (request) => {
    const id = parseInput(RunId, request.params).id.toLowerCase() as Hex;
    const { number } = parseInput(RunNumber, request.query);
    const running = keeper();
    await running?.book.flush();
    const run = await running?.store.latest(id, number);
    if (run === undefined) throw new ChronoError("schedule/unknown", { id, number });
    return RunRecord.encode(recordOf(run));
  });
  server.app.get("/v1/status", async () => {
    const running = keeper();
    await running?.book.flush();
    const counts = (await running?.store.counts()) ?? { pending: 0, executed: 0, failed: 0 };
    return KeeperStatus.encode({
      chainId,
      account,
      scheduler,
      block: running?.head()?.number ?? null,
      ...counts,
      queue: running?.queue?.connected === true ? "connected" : "disconnected",
    });
  });
}
