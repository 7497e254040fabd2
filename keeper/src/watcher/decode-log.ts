import { chronoSchedulerAbi, type Schedule } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";
import { decodeEventLog } from "viem";
import { readReason } from "../executors/evm/reason.ts";

export type EventPlace = {
  readonly id: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly logIndex: number;
  readonly transaction: Hex;
};
type Execution = {
  readonly keeper: Hex;
  readonly success: boolean;
  readonly reward: bigint;
  readonly reason: string | null;
};
export type SchedulerEvent = EventPlace &
  (
    | {
        readonly kind: "scheduled";
        readonly schedule: Schedule;
        /** As encoded; null for a plain schedule. */
        readonly extras: Hex | null;
        readonly data: Hex;
      }
    | { readonly kind: "sealed" }
    /** The last run, which ends the schedule. */
    | ({ readonly kind: "executed" } & Execution)
    /** A run after which the series goes on with run `next`. */
    | ({ readonly kind: "advanced"; readonly next: number } & Execution)
    /** The target reverted, and the run stays open. */
    | { readonly kind: "attempted"; readonly reason: string }
    /** Runs `from` to `to - 1`. */
    | { readonly kind: "expired" | "underfunded"; readonly from: number; readonly to: number }
    | { readonly kind: "cancelled" }
    | { readonly kind: "updated"; readonly newId: Hex }
  );

/** A log as JSON-RPC gives it. */
export type RawLog = {
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly logIndex: Hex;
  readonly transactionHash: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly removed?: boolean;
};

type Attempt = Extract<SchedulerEvent, { kind: "attempted" }>;
type Reading = {
  readonly events: SchedulerEvent[];
  /** Reverts of targets: the event that says what became of the run may stand behind them. */
  readonly reverts: Map<string, Attempt>;
};

/**
 * The scheduler's events in the logs, in their order but for attempts. A log that does not decode (a later version's, or damaged) is
 * reported and left out: nothing that a chain holds may stop the keeper.
 */
export function decodeLogs(
  logs: readonly RawLog[],
  onUnknown: (log: RawLog, error: unknown) => void,
): SchedulerEvent[] {
  const reading: Reading = { events: [], reverts: new Map() };
  for (const log of logs) {
    if (log.removed === true) continue;
    try {
      decodeLog(log, reading);
    } catch (error) {
      onUnknown(log, error);
    }
  }
  return [...reading.events, ...reading.reverts.values()];
}

function decodeLog(log: RawLog, { events, reverts }: Reading): void {
  const { eventName, args } = decodeEventLog({
    abi: chronoSchedulerAbi,
    topics: [...log.topics] as [Hex, ...Hex[]],
    data: log.data,
    strict: true,
  });
  switch (eventName) {
    case "Scheduled":
      events.push({
        ...placeOf(log, args.id),
        kind: "scheduled",
        schedule: args.schedule,
        extras: null,
        data: args.data,
      });
      return;
    case "ScheduledExtras":
      events.push({ ...takeBack(events, "scheduled", log, args.id), extras: args.extras });
      return;
    case "ScheduledSealed":
      events.push({ ...placeOf(log, args.id), kind: "sealed" });
      return;
    case "CallReverted":
      keepRevert(
        { ...placeOf(log, args.id), kind: "attempted", reason: readReason(args.reason).text },
        events,
        reverts,
      );
      return;
    case "Executed": {
      const { keeper, success, reward } = args;
      const reason = success ? null : (takeRevert(reverts, log, args.id)?.reason ?? "reverted");
      events.push({ ...placeOf(log, args.id), kind: "executed", keeper, success, reward, reason });
      return;
    }
    case "SeriesAdvanced":
      events.push({ ...takeBack(events, "executed", log, args.id), kind: "advanced", next: args.run });
      return;
    case "Expired":
    case "Underfunded":
      events.push({
        ...placeOf(log, args.id),
        kind: eventName === "Expired" ? "expired" : "underfunded",
        from: args.from,
        to: args.to,
      });
      return;
    case "Cancelled":
      events.push({ ...placeOf(log, args.id), kind: "cancelled" });
      return;
    case "Updated":
      events.push({ ...placeOf(log, args.id), kind: "updated", newId: args.newId });
  }
}

const placeOf = (log: RawLog, id: Hex): EventPlace => ({
  id,
  blockNumber: Number(log.blockNumber),
  blockHash: log.blockHash,
  logIndex: Number(log.logIndex),
  transaction: log.transactionHash,
});

/** The event right before, which this log completes. */
function takeBack<Kind extends SchedulerEvent["kind"]>(
  events: SchedulerEvent[],
  kind: Kind,
  log: RawLog,
  id: Hex,
): Extract<SchedulerEvent, { kind: Kind }> {
  const before = events.at(-1);
  if (before?.kind !== kind || before.id !== id || before.transaction !== log.transactionHash)
    throw new Error(`no ${kind} stands before it`);
  events.pop();
  return before as Extract<SchedulerEvent, { kind: Kind }>;
}

const revertKey = (transaction: Hex, id: Hex): string => `${transaction}-${id}`;

/** A batch may try the same run twice. */
function keepRevert(attempt: Attempt, events: SchedulerEvent[], reverts: Map<string, Attempt>): void {
  const key = revertKey(attempt.transaction, attempt.id);
  const before = reverts.get(key);
  if (before !== undefined) events.push(before);
  reverts.set(key, attempt);
}

function takeRevert(reverts: Map<string, Attempt>, log: RawLog, id: Hex): Attempt | undefined {
  const key = revertKey(log.transactionHash, id);
  const attempt = reverts.get(key);
  reverts.delete(key);
  return attempt;
}
