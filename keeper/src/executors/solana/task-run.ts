import type { RunRecord, UnixNs } from "@chronoledger/core";
import { NS_PER_S } from "@chronoledger/core";
import { isPending, type RunState } from "../../planner/run-machine.ts";
import { type Timeline, timelineRecord } from "../../planner/timeline.ts";
import type { TaskWindow } from "./task-window.ts";

/** One run of a task as this keeper knows it. */
export type TaskRun = TaskWindow & {
  /** Of the task, base58. */
  readonly address: string;
  readonly clock: "chain" | "attested";
  /** In this slot its account showed that it had not happened. */
  readonly plannedSlot: number;
  readonly state: RunState;
  /** Its end is final. */
  readonly settled: boolean;
  readonly outcome: RunRecord["outcome"];
  readonly reason: string | null;
  readonly mine: boolean;
  readonly transaction: string | null;
  readonly end: { readonly slot: number; readonly unixSeconds: bigint | null } | null;
  readonly firstEligible: boolean | null;
  readonly sentAt: UnixNs | null;
  /** Nanoseconds, of this keeper's clock when it sent. */
  readonly clockUncertainty: bigint | null;
  readonly timeline: Timeline;
};

export const newTaskRun = (
  seen: Pick<TaskRun, "address" | "clock" | "plannedSlot"> & TaskWindow,
  now: UnixNs,
): TaskRun => ({
  ...seen,
  state: "planned",
  settled: false,
  outcome: null,
  reason: null,
  mine: false,
  transaction: null,
  end: null,
  firstEligible: null,
  sentAt: null,
  clockUncertainty: null,
  timeline: [{ step: "planned", time: now }],
});

export const isOpen = (run: TaskRun): boolean => isPending(run.state);

export const taskRunRecord = (run: TaskRun): RunRecord => ({
  scheduleId: run.address,
  number: run.number,
  state: run.state,
  outcome: run.outcome,
  reason: run.reason,
  clock: run.clock === "chain" ? "block" : "attested",
  notBeforeUtcNs: run.notBefore,
  notAfterUtcNs: run.notAfter,
  mine: run.mine,
  transaction: run.transaction,
  blockNumber: run.end?.slot ?? null,
  blockTimestamp: run.end?.unixSeconds == null ? null : Number(run.end.unixSeconds),
  firstEligible: run.firstEligible,
  sendLatenessNs: run.sentAt === null ? null : run.sentAt - run.notBefore,
  // Solana's nodes take what they are given: that says nothing.
  acceptLatenessNs: null,
  blockLatenessNs: run.end?.unixSeconds == null ? null : run.end.unixSeconds * NS_PER_S - run.notBefore,
  clockUncertaintyNs: run.clockUncertainty,
  timeline: timelineRecord(run.timeline, run.clockUncertainty),
});
