import { styleText } from "node:util";
import { type AggregatorStatus, NS_PER_S, type RunRecord, toIso8601, toMs, type UnixNs } from "@chronoledger/core";
import { percentileMs, type Snapshot } from "./snapshot.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

const RUN_ROWS = 10;
const SOLANA_ROWS = 5;
const CLEAR = "\x1b[H\x1b[J";
const DOT = { good: styleText("green", "●"), fair: styleText("yellow", "●"), bad: styleText("red", "●") };

const dim = (text: string) => styleText("dim", text);
const bold = (text: string) => styleText("bold", text);
const ms = (ns: bigint | null | undefined): string => {
  if (ns === null || ns === undefined) return "";
  const value = toMs(ns);
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(Math.abs(value) < 100 ? 3 : 1)} ms`;
};
const spread = (values: readonly bigint[]): string => {
  const [p50, p99] = [percentileMs(values, 0.5), percentileMs(values, 0.99)];
  return p50 === null ? "no run yet" : `p50 ${p50} ms, p99 ${p99} ms`;
};

function timeLines(status: AggregatorStatus | undefined): string[] {
  if (status === undefined) return ["  the aggregator does not answer"];
  const { latest, uncertaintyNs } = status;
  if (latest === null) return ["  waiting for the first certificate"];
  const utc = toIso8601((latest.timeTaiNs - BigInt(latest.taiMinusUtc) * NS_PER_S) as UnixNs);
  const test = status.nodes.some((node) => node.test)
    ? `  ${styleText("yellow", "test: keys or clocks without hardware")}`
    : "";
  return [
    `  ${bold(utc)}  ± ${uncertaintyNs === null ? "?" : `${toMs(uncertaintyNs)} ms`}${test}`,
    dim(
      `  certificate ${latest.sequence}, ${status.certificates} made, ${status.roundsFailed} rounds failed, lead ${toMs(status.leadNs)} ms`,
    ),
  ];
}

function nodeLines(status: AggregatorStatus | undefined): string[] {
  return (status?.nodes ?? []).map((node) => {
    const dot =
      node.state === "healthy" ? DOT.good : node.state === "slow" || node.state === "refusing" ? DOT.fair : DOT.bad;
    const delay = node.delayMs === null ? "" : `${node.delayMs.toFixed(1)} ms`;
    return `  ${dot} node ${node.index}  ${node.state.padEnd(11)} ${delay.padStart(8)}  ${dim(`${node.source} ${node.detail}`.trim())}`;
  });
}

const sign = (run: RunRecord): string =>
  run.outcome === "executed"
    ? run.firstEligible === false
      ? DOT.fair
      : DOT.good
    : run.outcome === null
      ? dim("○")
      : DOT.bad;

function runLines(runs: readonly RunRecord[], most: number, unit: string): string[] {
  const rows = runs.slice(0, most).map((run) => {
    const due = toIso8601(run.notBeforeUtcNs as UnixNs).slice(11, 29);
    const where = run.blockNumber === null ? "" : `${unit} ${run.blockNumber} ${ms(run.blockLatenessNs)}`;
    const first = run.firstEligible === null ? "" : run.firstEligible ? "first eligible" : "later than it could be";
    return `  ${sign(run)} ${due}  ${run.clock.padEnd(8)} ${(run.outcome ?? run.state).padEnd(9)} ${ms(run.sendLatenessNs).padStart(13)}  ${where.padEnd(26)} ${dim(first)}`;
  });
  return rows.length === 0
    ? ["  none yet"]
    : [dim(`    due (UTC)           clock    state         sent after  included`), ...rows];
}

function solanaLines({ solana: { relayer, runs } }: Snapshot): string[] {
  const executed = runs.filter((run) => run.outcome === "executed").length;
  const certificates =
    relayer === undefined ? "the relayer does not answer" : `${relayer.submitted} certificates submitted`;
  return [
    "",
    bold("Solana, the same attested time") +
      dim(`   ${certificates}; ${executed} tasks executed (of the last ${runs.length})`),
    ...runLines(runs, SOLANA_ROWS, "slot"),
  ];
}

const processDot = (each: SupervisedProcess): string =>
  `${each.state === "ready" ? DOT.good : each.state === "failed" || each.state === "stopped" ? DOT.bad : DOT.fair} ${each.spec.name}${each.restarts > 0 ? dim(` (restarted ${each.restarts}×)`) : ""}`;

/** One full screen. */
export function renderView(input: {
  readonly snapshot: Snapshot;
  readonly processes: readonly SupervisedProcess[];
  readonly width: number;
  /** Whether the Solana side runs. */
  readonly solana: boolean;
  readonly notes: readonly string[];
}): string {
  const { snapshot, processes } = input;
  const done = snapshot.runs.filter((run) => run.outcome !== null);
  const good = done.filter((run) => run.outcome === "executed");
  const sends = good.flatMap((run) =>
    run.mine && run.clock === "block" && run.sendLatenessNs !== null ? [run.sendLatenessNs] : [],
  );
  const blocks = good.flatMap((run) =>
    run.clock === "block" && run.blockLatenessNs !== null ? [run.blockLatenessNs] : [],
  );
  const block = snapshot.keepers.find((keeper) => keeper !== undefined)?.block;
  const lines = [
    `${bold("ChronoLedger")} development network   ${dim(`chain block ${block ?? "?"}, Ctrl-C stops it all`)}`,
    "",
    bold("Attested time (UTC)"),
    ...timeLines(snapshot.aggregator),
    ...nodeLines(snapshot.aggregator),
    dim(
      `  on chain: ${snapshot.relayer === undefined ? "the relayer does not answer" : `${snapshot.relayer.submitted} certificates submitted, ${snapshot.relayer.failed} failed`}`,
    ),
    "",
    bold(`Schedules`) +
      dim(
        `   ${good.length} executed, ${done.length - good.length} ended otherwise, ${snapshot.runs.length - done.length} to come (of the last ${snapshot.runs.length})`,
      ),
    ...runLines(snapshot.runs, RUN_ROWS, "block"),
    ...(input.solana ? solanaLines(snapshot) : []),
    "",
    `${bold("Lateness so far")}   sent ${spread(sends)}   ${dim("·")}   in a block ${spread(blocks)}  ${dim("(1 s blocks)")}`,
    "",
    processes.map(processDot).join("  "),
    ...input.notes.map(dim),
  ];
  return CLEAR + lines.join("\n");
}
