import type { RunRecord } from "@chronoledger/core";
import type { Result } from "./demonstration.ts";
import { percentileMs } from "./snapshot.ts";

/** How the Solana side did, read from its chain; slots by its keeper. */
export type SolanaReport = {
  readonly tasks: number;
  readonly gone: number;
  /** How often a task has paid: once each. */
  readonly runs: number;
  readonly inFirstEligibleSlot: number;
  /** Of runs by the chain's clock, which has whole seconds: from notBefore to the slot's time. */
  readonly slotLatenessMs: { readonly p50: number | null; readonly p99: number | null };
};

/** The last line of `npm start -- --once`. Lateness is against `notBefore`; sends by the keepers' clocks, blocks by the schedule's own. */
export type Report = {
  readonly certificates: number;
  readonly submitted: number;
  readonly schedules: number;
  readonly executed: number;
  readonly inFirstEligibleBlock: number;
  readonly sendLatenessMs: { readonly p50: number | null; readonly p99: number | null };
  readonly blockLatenessMs: { readonly p50: number | null; readonly p99: number | null };
  /** The same for each clock: a run by attested time also waits for a certificate to reach the chain. */
  readonly byClock: Readonly<
    Record<
      "block" | "attested",
      {
        readonly executed: number;
        readonly sendLatenessMs: { readonly p50: number | null; readonly p99: number | null };
      }
    >
  >;
  /** Undefined without the Solana side. */
  readonly solana?: SolanaReport | undefined;
};

export function makeReport(input: {
  readonly certificates: number;
  readonly submitted: number;
  readonly schedules: number;
  readonly results: readonly Result[];
  readonly runs: readonly RunRecord[];
  readonly solana?: SolanaReport | undefined;
}): Report {
  const ids = new Set(input.results.map((result) => result.id.toLowerCase()));
  const sends = input.runs
    .filter((run) => run.mine && ids.has(run.scheduleId.toLowerCase()))
    .flatMap((run) => (run.sendLatenessNs === null ? [] : [{ clock: run.clock, lateness: run.sendLatenessNs }]));
  const of = (clock: "block" | "attested") => ({
    executed: input.results.filter((result) => result.success && result.attested === (clock === "attested")).length,
    sendLatenessMs: spread(sends.filter((send) => send.clock === clock).map((send) => send.lateness)),
  });
  return {
    certificates: input.certificates,
    submitted: input.submitted,
    schedules: input.schedules,
    executed: input.results.filter((result) => result.success).length,
    inFirstEligibleBlock: input.results.filter((result) => result.firstEligible).length,
    sendLatenessMs: spread(sends.map((send) => send.lateness)),
    blockLatenessMs: spread(input.results.map((result) => result.latenessNs)),
    byClock: { block: of("block"), attested: of("attested") },
    solana: input.solana,
  };
}

/** In milliseconds. */
export const spread = (values: readonly bigint[]) => ({
  p50: percentileMs(values, 0.5),
  p99: percentileMs(values, 0.99),
});

/** What is wrong with a demonstration, in words; nothing when all of it worked. */
export function faultsOf(report: Report, calls: bigint): string[] {
  const { solana } = report;
  return [
    ...(solana === undefined || solana.gone === solana.tasks
      ? []
      : [`${solana.tasks - solana.gone} of ${solana.tasks} tasks on Solana did not run`]),
    ...(solana === undefined || solana.inFirstEligibleSlot === solana.tasks
      ? []
      : [`${solana.tasks - solana.inFirstEligibleSlot} tasks on Solana missed the first eligible slot`]),
    ...(solana === undefined || solana.runs === solana.tasks
      ? []
      : [`${solana.tasks} tasks on Solana ran ${solana.runs} times`]),
    ...(report.certificates > 0 ? [] : ["no certificate was made"]),
    ...(report.submitted > 0 ? [] : ["no certificate reached the chain"]),
    ...(report.executed === report.schedules
      ? []
      : [`${report.schedules - report.executed} of ${report.schedules} schedules did not run`]),
    ...(report.inFirstEligibleBlock === report.schedules
      ? []
      : [`${report.schedules - report.inFirstEligibleBlock} runs missed the first eligible block`]),
    ...(calls === BigInt(report.executed) ? [] : [`the target was called ${calls} times for ${report.executed} runs`]),
  ];
}
