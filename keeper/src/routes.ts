import { ChronoError, type KeeperStatus, RunList, RunRecord, KeeperStatus as StatusSchema } from "@chronoledger/core";
import { type HttpServer, parseInput } from "@chronoledger/service";
import * as z from "zod";

const Limit = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const RunNumber = z.object({ number: z.coerce.number().int().min(0).max(0xffff_ffff).optional() });

/** What a keeper of either chain tells of itself. */
export type KeeperView = {
  /** How the chain writes what names a schedule. */
  readonly idFormat: z.ZodType<string>;
  /** Newest deadline first. */
  runs(limit: number): Promise<readonly RunRecord[]>;
  /** Without a number, the newest of its schedule. */
  run(id: string, number: number | undefined): Promise<RunRecord | undefined>;
  status(): Promise<KeeperStatus>;
};

/** The HTTP interface of core's wire/keeper-api.ts. */
export function addKeeperRoutes({ app }: HttpServer, view: KeeperView): void {
  const RunId = z.object({ id: view.idFormat });
  app.get("/v1/runs", async (request) => {
    const { limit } = parseInput(Limit, request.query);
    return RunList.encode({ runs: [...(await view.runs(limit))] });
  });
  app.get("/v1/runs/:id", async (request) => {
    const { id } = parseInput(RunId, request.params);
    const { number } = parseInput(RunNumber, request.query);
    const run = await view.run(id, number);
    if (run === undefined) throw new ChronoError("schedule/unknown", { id, number });
    return RunRecord.encode(run);
  });
  app.get("/v1/status", async () => StatusSchema.encode(await view.status()));
}
