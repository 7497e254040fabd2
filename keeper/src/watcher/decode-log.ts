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
export type SchedulerEvent = EventPlace &
  (
    | { readonly kind: "scheduled"; readonly schedule: Schedule; readonly data: Hex }
    | {
        readonly kind: "executed";
        readonly keeper: Hex;
        readonly success: boolean;
        readonly reward: bigint;
        readonly reason: string | null;
      }
    | { readonly kind: "cancelled" }
    | { readonly kind: "expired" }
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

/**
 * The scheduler's events in the logs, in their order. A log that does not decode (a later version's, or damaged) is reported and left out:
 * nothing that a chain holds may stop the keeper.
 */
export function decodeLogs(
  logs: readonly RawLog[],
  onUnknown: (log: RawLog, error: unknown) => void,
): SchedulerEvent[] {
  const events: SchedulerEvent[] = [];
  /** The reason stands in an event before the one that it belongs to. */
  const reasons = new Map<string, string>();
  for (const log of logs) {
    if (log.removed === true) continue;
    try {
      const event = decodeLog(log, reasons);
      if (event !== undefined) events.push(event);
    } catch (error) {
      onUnknown(log, error);
    }
  }
  return events;
}

function decodeLog(log: RawLog, reasons: Map<string, string>): SchedulerEvent | undefined {
  const { eventName, args } = decodeEventLog({
    abi: chronoSchedulerAbi,
    topics: [...log.topics] as [Hex, ...Hex[]],
    data: log.data,
    strict: true,
  });
  const placeOf = (id: Hex): EventPlace => ({
    id,
    blockNumber: Number(log.blockNumber),
    blockHash: log.blockHash,
    logIndex: Number(log.logIndex),
    transaction: log.transactionHash,
  });
  switch (eventName) {
    case "Scheduled":
      return { ...placeOf(args.id), kind: "scheduled", schedule: args.schedule, data: args.data };
    case "CallReverted":
      reasons.set(`${log.transactionHash}-${args.id}`, readReason(args.reason).text);
      return undefined;
    case "Executed": {
      const reason = args.success ? null : (reasons.get(`${log.transactionHash}-${args.id}`) ?? "reverted");
      return {
        ...placeOf(args.id),
        kind: "executed",
        keeper: args.keeper,
        success: args.success,
        reward: args.reward,
        reason,
      };
    }
    case "Cancelled":
      return { ...placeOf(args.id), kind: "cancelled" };
    case "Expired":
      return { ...placeOf(args.id), kind: "expired" };
    default:
      return undefined;
  }
}
