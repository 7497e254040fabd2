import { ChronoError } from "@chronoledger/core";
import type { TransactionState } from "./types.ts";

export const TRANSACTION_EVENTS = [
  "signed",
  "written",
  "acknowledged",
  "doubted",
  "rejected",
  "released",
  "included",
  "cancelled",
  "replaced",
  "reorganised",
  "finalised",
] as const;
export type TransactionEvent = (typeof TRANSACTION_EVENTS)[number];

const MINED = { included: "included", cancelled: "cancelled", replaced: "replaced" } as const;

/**
 * Every edge of a logical transaction's life. What is not here is a fault of ours and throws.
 * `cancelled` and `replaced` stay open to reorganisation until `finalised` settles them.
 */
export const TRANSITIONS: Readonly<Record<TransactionState, Partial<Record<TransactionEvent, TransactionState>>>> = {
  reserved: { signed: "signed", released: "rejected" },
  signed: {
    ...MINED,
    written: "in-doubt",
    acknowledged: "sent",
    doubted: "in-doubt",
    rejected: "rejected",
    released: "rejected",
  },
  "in-doubt": { ...MINED, acknowledged: "sent", doubted: "in-doubt", rejected: "rejected" },
  sent: { ...MINED, acknowledged: "sent", doubted: "in-doubt" },
  included: { included: "included", reorganised: "in-doubt", finalised: "final" },
  cancelled: { cancelled: "cancelled", reorganised: "in-doubt", finalised: "cancelled" },
  replaced: { included: "included", cancelled: "cancelled", reorganised: "in-doubt", finalised: "replaced" },
  final: {},
  rejected: {},
};

/** @throws internal/unexpected when the event cannot happen in this state. */
export function nextState(state: TransactionState, event: TransactionEvent): TransactionState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new ChronoError("internal/unexpected", { what: "transaction", state, event });
  return next;
}

export const canHappen = (state: TransactionState, event: TransactionEvent): boolean =>
  TRANSITIONS[state][event] !== undefined;
