import { ChronoError, type RUN_STATES } from "@chronoledger/core";

export type RunState = (typeof RUN_STATES)[number];

export const RUN_EVENTS = [
  "arm",
  "sign",
  "accept",
  "doubt",
  "include",
  "finalise",
  "expire",
  "cancel",
  "revert",
  "replace",
  "defer",
  "vanish",
  "reorganise",
] as const;
export type RunEvent = (typeof RUN_EVENTS)[number];

const ENDS = { include: "included", expire: "expired", cancel: "cancelled" } as const;

/**
 * Every edge of a run's life.
 * arm: woken, checked, waiting for its moment. sign: bytes are durable. accept: a node has them. doubt: nobody knows whether one has.
 * include: the chain says it was executed, by whomever. revert: our transaction was included and did not execute it. replace: our nonce was
 * used by somebody else. defer: nothing of ours is under way, it is planned anew. vanish: a reorganisation took the schedule itself
 * away. reorganise: a reorganisation took the end away.
 */
export const RUN_TRANSITIONS: Readonly<Record<RunState, Partial<Record<RunEvent, RunState>>>> = {
  planned: { ...ENDS, arm: "armed", vanish: "in-doubt" },
  armed: { ...ENDS, sign: "signed", defer: "planned", vanish: "in-doubt" },
  signed: {
    ...ENDS,
    accept: "sent",
    doubt: "in-doubt",
    defer: "planned",
    revert: "reverted",
    replace: "replaced",
    vanish: "in-doubt",
  },
  sent: {
    ...ENDS,
    accept: "sent",
    doubt: "in-doubt",
    defer: "planned",
    revert: "reverted",
    replace: "replaced",
    vanish: "in-doubt",
  },
  "in-doubt": {
    ...ENDS,
    accept: "sent",
    doubt: "in-doubt",
    defer: "planned",
    revert: "reverted",
    replace: "replaced",
    vanish: "in-doubt",
  },
  reverted: { ...ENDS, defer: "planned", vanish: "in-doubt" },
  replaced: { ...ENDS, defer: "planned", vanish: "in-doubt" },
  included: { include: "included", finalise: "final", reorganise: "in-doubt" },
  expired: { include: "included", finalise: "expired", reorganise: "in-doubt" },
  cancelled: { finalise: "cancelled", reorganise: "in-doubt" },
  final: {},
};

export const canHappen = (state: RunState, event: RunEvent): boolean => RUN_TRANSITIONS[state][event] !== undefined;

/** @throws internal/unexpected when the event cannot happen in this state. */
export function nextRunState(state: RunState, event: RunEvent): RunState {
  const next = RUN_TRANSITIONS[state][event];
  if (next === undefined) throw new ChronoError("internal/unexpected", { what: "run", state, event });
  return next;
}

/** Nothing of the chain or of ours has ended it yet. */
export const isPending = (state: RunState): boolean => RUN_TRANSITIONS[state].expire !== undefined;
