import { Counter, Histogram, type HttpServer } from "@chronoledger/service";
import { notBeforeOf } from "./planner/run.ts";
import type { RunListener } from "./planner/run-book.ts";

const SECONDS = 1e9;

/** Lateness against notBefore in seconds, and how runs ended. @returns listens to runs */
export function runMetrics(server: HttpServer): RunListener {
  const registers = [server.metrics];
  const accepted = new Histogram({
    name: "chrono_run_accept_lateness_seconds",
    help: "From notBefore until the node accepted the transaction",
    buckets: [-1, -0.05, 0, 0.0003, 0.0005, 0.00075, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5, 60],
    registers,
  });
  const included = new Histogram({
    name: "chrono_run_block_lateness_seconds",
    help: "From notBefore until the timestamp of the block that executed the run",
    buckets: [0, 0.1, 0.25, 0.5, 1, 2, 4, 8, 12, 24, 60, 300],
    registers,
  });
  const ended = new Counter({ name: "chrono_runs_total", help: "Runs by outcome", labelNames: ["outcome"], registers });
  const late = new Counter({
    name: "chrono_runs_after_first_eligible_block_total",
    help: "Runs that missed the first block that could have executed them",
    registers,
  });

  return (run, before) => {
    const notBefore = notBeforeOf(run);
    if (run.state === "included" && before !== "included") {
      if (run.mine && run.acceptedAt !== null) accepted.observe(Number(run.acceptedAt - notBefore) / SECONDS);
      if (run.end !== null) included.observe(Number(run.end.blockTimestamp * 1_000_000_000n - notBefore) / SECONDS);
      if (run.firstEligible === false) late.inc();
    }
    if (run.settled) ended.inc({ outcome: run.outcome ?? "unknown" });
  };
}
