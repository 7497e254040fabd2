import { CLOCK, type Schedule } from "@chronoledger/bindings";
import { ceilSeconds, type RunRecord, type UnixNs, unixNs } from "@chronoledger/core";
import type { Hex } from "@chronoledger/txm";
import { type Extras, ON_REVERT } from "./extras.ts";
import type { RunState } from "./run-machine.ts";
import { type Timeline, timelineRecord } from "./timeline.ts";

export type Outcome = NonNullable<RunRecord["outcome"]>;

/** One firing of a schedule as this keeper knows it. */
export type Run = {
  /** The schedule's id. */
  readonly id: Hex;
  /** The same id may be scheduled again after it ended: which time it is, from 1. */
  readonly generation: number;
  /** In a series, from 0. */
  readonly number: number;
  readonly schedule: Schedule;
  /** Null for a plain schedule. */
  readonly extras: Extras | null;
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
  readonly timeline: Timeline;
};

/** What tells a run from all others. */
export type RunName = Pick<Run, "id" | "generation" | "number">;

export const keyOf = ({ id, generation, number }: RunName): string => `${id}-${generation}-${number}`;

export const newRun = (
  seen: Pick<Run, "id" | "generation" | "number" | "schedule" | "extras" | "data" | "scheduledBlock">,
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

const shiftOf = ({ extras, number }: Run): bigint => (extras === null ? 0n : BigInt(number) * extras.interval);

export const notBeforeOf = (run: Run): UnixNs => unixNs(run.schedule.notBefore + shiftOf(run));
export const notAfterOf = (run: Run): UnixNs => unixNs(run.schedule.notAfter + shiftOf(run));
export const eligibleSecondOf = (run: Run): bigint => ceilSeconds(notBeforeOf(run));
export const isAttested = (run: Run): boolean => run.schedule.clock === CLOCK.attested;
export const needsCertificate = (run: Run): boolean => run.schedule.clock === CLOCK.certificate;
/** A revert of the target is no outcome. */
export const isRetried = (run: Run): boolean => run.extras?.onRevert === ON_REVERT.retry;

/** Its name for the transaction manager. */
export const transactionKeyOf = (run: Run): string => `run-${keyOf(run)}-${run.attempt}`;

const clockOf = (run: Run): RunRecord["clock"] =>
  isAttested(run) ? "attested" : needsCertificate(run) ? "certificate" : "block";

export function recordOf(run: Run): RunRecord {
  const notBefore = notBeforeOf(run);
  return {
    scheduleId: run.id,
    number: run.number,
    state: run.state,
    outcome: run.outcome,
    reason: run.reason,
    clock: clockOf(run),
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
    timeline: timelineRecord(run.timeline, run.clockUncertainty),
  };
}
