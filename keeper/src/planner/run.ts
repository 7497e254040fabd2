import type { Schedule } from "@chronoledger/bindings";
import { ceilSeconds, type RunRecord, type UnixNs, unixNs } from "@chronoledger/core";
import type { Hex } from "@chronoledger/txm";
import type { RunState } from "./run-machine.ts";

export type TimelineStep = { readonly step: string; readonly time: UnixNs };

export type Outcome = NonNullable<RunRecord["outcome"]>;

/** One firing of a schedule as this keeper knows it. */
export type Run = {
  /** The schedule's id. */
  readonly id: Hex;
  /** The same id may be scheduled again after it ended: each time is a run of its own. */
  readonly generation: number;
  readonly schedule: Schedule;
  readonly data: Hex;
  /** Block in which it was scheduled. */
  readonly scheduledBlock: number;
  readonly state: RunState;
  /** Cannot change any more. */
  readonly settled: boolean;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly mine: boolean;
  /** Not to be looked at before; null: at its time. */
  readonly postponedUntil: UnixNs | null;
  /** How often a transaction was prepared for it; each has its own key. */
  readonly attempt: number;
  /** The transaction under way, as packages/txm names it. */
  readonly transactionId: string | null;
  readonly transaction: Hex | null;
  readonly end: { readonly blockNumber: number; readonly blockHash: Hex; readonly blockTimestamp: bigint } | null;
  readonly firstEligible: boolean | null;
  readonly sentAt: UnixNs | null;
  readonly acceptedAt: UnixNs | null;
  /** Nanoseconds, of this keeper's clock when it sent. */
  readonly clockUncertainty: bigint | null;
  readonly timeline: readonly TimelineStep[];
};

/** Steps kept of one run; a run that is tried for long does not grow for ever. */
const TIMELINE_MOST = 64;

export const newRun = (
  seen: Pick<Run, "id" | "generation" | "schedule" | "data" | "scheduledBlock">,
  now: UnixNs,
): Run => ({
  ...seen,
  state: "planned",
  settled: false,
  outcome: null,
  reason: null,
  mine: false,
  postponedUntil: null,
  attempt: 0,
  transactionId: null,
  transaction: null,
  end: null,
  firstEligible: null,
  sentAt: null,
  acceptedAt: null,
  clockUncertainty: null,
  timeline: [{ step: "planned", time: now }],
});

export const addStep = (run: Run, step: string, time: UnixNs): readonly TimelineStep[] =>
  [...run.timeline, { step, time }].slice(-TIMELINE_MOST);

export const notBeforeOf = (run: Run): UnixNs => unixNs(run.schedule.notBefore);
export const notAfterOf = (run: Run): UnixNs => unixNs(run.schedule.notAfter);
export const eligibleSecondOf = (run: Run): bigint => ceilSeconds(notBeforeOf(run));
export const isAttested = (run: Run): boolean => run.schedule.clock === 1;

/** Names of one run for the queue and the transaction manager. */
export const transactionKeyOf = (run: Run): string => `run-${run.id}-${run.generation}-${run.attempt}`;

export function recordOf(run: Run): RunRecord {
  const notBefore = notBeforeOf(run);
  return {
    scheduleId: run.id,
    state: run.state,
    outcome: run.outcome,
    reason: run.reason,
    clock: isAttested(run) ? "attested" : "block",
    notBeforeUtcNs: notBefore,
    notAfterUtcNs: notAfterOf(run),
    mine: run.mine,
    transaction: run.transaction,
    blockNumber: run.end?.blockNumber ?? null,
    blockTimestamp: run.end === null ? null : Number(run.end.blockTimestamp),
    firstEligible: run.firstEligible,
    sendLatenessNs: run.sentAt === null ? null : run.sentAt - notBefore,
    acceptLatenessNs: run.acceptedAt === null ? null : run.acceptedAt - notBefore,
    blockLatenessNs: run.end === null ? null : run.end.blockTimestamp * 1_000_000_000n - notBefore,
    clockUncertaintyNs: run.clockUncertainty,
    timeline: run.timeline.map(({ step, time }) => ({
      step,
      timeUtcNs: time,
      uncertaintyNs: run.clockUncertainty ?? 0n,
    })),
  };
}
