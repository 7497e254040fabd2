import { ChronoError, KeeperStatus, RunList, RunRecord } from "@chronoledger/core";
import { type HttpServer, parseInput } from "@chronoledger/service";
import * as z from "zod";
import type { SolanaKeeper } from "./solana-keeper.ts";
import { isOpen, type TaskRun, taskRunRecord } from "./task-run.ts";

const Limit = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) });
const TaskAddress = z.object({ id: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, "an address in base58") });
const RunNumber = z.object({ number: z.coerce.number().int().min(0).max(0xffff_ffff).optional() });

export type TaskRoutesContext = {
  readonly server: HttpServer;
  /** Base58, as the account. */
  readonly program: string;
  readonly account: string;
  /** Undefined while the chain has never been reached. */
  readonly keeper: () => SolanaKeeper | undefined;
};

/** The HTTP interface of core's wire/keeper-api.ts, with slots for blocks. */
export function addTaskRoutes({ server, program, account, keeper }: TaskRoutesContext): void {
  server.app.get("/v1/runs", (request) => {
    const { limit } = parseInput(Limit, request.query);
    return RunList.encode({ runs: (keeper()?.history.newest(limit) ?? []).map(taskRunRecord) });
  });
  server.app.get("/v1/runs/:id", (request) => {
    const { id } = parseInput(TaskAddress, request.params);
    const { number } = parseInput(RunNumber, request.query);
    const history = keeper()?.history;
    const run = number === undefined ? history?.of(id).at(-1) : history?.get(id, number);
    if (run === undefined) throw new ChronoError("schedule/unknown", { id, number });
    return RunRecord.encode(taskRunRecord(run));
  });
  server.app.get("/v1/status", () => {
    const running = keeper();
    const count = (is: (run: TaskRun) => boolean) => [...(running?.history.all() ?? [])].filter(is).length;
    return KeeperStatus.encode({
      // Solana has none.
      chainId: 0,
      account,
      scheduler: program,
      block: running?.time.newest?.slot ?? null,
      pending: count(isOpen),
      executed: count(({ outcome }) => outcome === "executed"),
      failed: count((run) => !isOpen(run) && run.outcome !== "executed"),
      // Nothing is queued outside of this process.
      queue: "disconnected",
    });
  });
}
