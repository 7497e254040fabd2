import { ChronoError } from "@chronoledger/core";
import type { ExecutionState } from "@chronoledger/core/gateway";

/**
 * submit    the transaction that registers it is signed and durable
 * take-back that transaction can get into no block: it is made again
 * arm       the chain holds it in a final block; an address: at once
 * execute   the target was called and took the call
 * fail      it will not be called, or the target did not take the call
 * expire    its window is over, and it was not called
 * ask       its account wants it cancelled, and that needs the chain, or the end of an attempt under way
 * cancel    it is cancelled
 */
export const SCHEDULE_EVENTS = ["submit", "take-back", "arm", "execute", "fail", "expire", "ask", "cancel"] as const;
export type ScheduleEvent = (typeof SCHEDULE_EVENTS)[number];

const END = { execute: "executed", fail: "failed", expire: "expired", cancel: "cancelled" } as const;

/**
 * Every edge of a schedule's life. `cancelling` is open to all ends: the call may have been faster. States of a chain come from blocks
 * that are final, so that none is taken back.
 */
export const SCHEDULE_TRANSITIONS: Readonly<
  Record<ExecutionState, Partial<Readonly<Record<ScheduleEvent, ExecutionState>>>>
> = {
  accepted: { submit: "submitted", arm: "armed", ask: "cancelling", ...END },
  submitted: { "take-back": "accepted", arm: "armed", ask: "cancelling", ...END },
  armed: { ask: "cancelling", ...END },
  cancelling: { ask: "cancelling", ...END },
  executed: {},
  failed: {},
  expired: {},
  cancelled: {},
};

/** @throws internal/unexpected when the event cannot happen in this state. */
export function nextScheduleState(state: ExecutionState, event: ScheduleEvent): ExecutionState {
  const next = SCHEDULE_TRANSITIONS[state][event];
  if (next === undefined) throw new ChronoError("internal/unexpected", { what: "schedule", state, event });
  return next;
}

export const scheduleCan = (state: ExecutionState, event: ScheduleEvent): boolean =>
  SCHEDULE_TRANSITIONS[state][event] !== undefined;

/** Nothing happens to it any more. */
export const hasEnded = (state: ExecutionState): boolean => Object.keys(SCHEDULE_TRANSITIONS[state]).length === 0;
