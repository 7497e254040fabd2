import type { Schedule } from "@chronoledger/bindings";
import type { Hex } from "@chronoledger/txm";
import type { SchedulerEvent } from "../watcher/decode-log.ts";
import { decodeExtras, type Extras } from "./extras.ts";

export type EndEvent = Extract<
  SchedulerEvent,
  { kind: "executed" | "advanced" | "expired" | "underfunded" | "cancelled" | "updated" }
>;
/** Runs `from` to `to - 1` ended by this event. */
export type End = { readonly from: number; readonly to: number; readonly event: EndEvent };

/** What is known once a schedule stands in the open. */
export type Terms = {
  readonly schedule: Schedule;
  readonly extras: Extras | null;
  readonly data: Hex;
  readonly scheduledBlock: number;
};

/** A schedule from when it was made until it ended, as the chain tells it. The same id may live several times. */
export type Life = {
  /** From 1. */
  readonly generation: number;
  /** Undefined while it is sealed. */
  readonly terms: Terms | undefined;
  /** The next run by the scheduler's books. */
  readonly next: number;
  readonly over: boolean;
  readonly ends: readonly End[];
  /** Runs that were tried and stay open. */
  readonly attempts: readonly Extract<SchedulerEvent, { kind: "attempted" }>[];
};

/** The lives of one id, from its events in the order of the chain. Events of runs long ago may be missing. */
export function livesOf(history: readonly SchedulerEvent[]): Life[] {
  const lives: Life[] = [];
  for (const event of history) {
    const current = lives.at(-1);
    if (event.kind === "scheduled" || event.kind === "sealed") {
      if (current === undefined || current.over) lives.push(begin(lives.length + 1, event));
      else if (current.terms === undefined) lives[lives.length - 1] = { ...current, terms: termsOf(event) };
    } else if (current !== undefined) lives[lives.length - 1] = follow(current, event);
  }
  return lives;
}

/** The first run from `next` on whose window is not over at `now` (UTC ns, on the schedule's clock); the last run when all are over. */
export function dueNumber({ schedule, extras }: Terms, next: number, now: bigint): number {
  const last = (extras?.count ?? 1) - 1;
  const late = now - schedule.notAfter;
  if (extras === null || last === 0 || late <= 0n) return next;
  const over = (late - 1n) / extras.interval + 1n;
  return Math.max(next, over > BigInt(last) ? last : Number(over));
}

const begin = (generation: number, event: SchedulerEvent): Life => ({
  generation,
  terms: termsOf(event),
  next: 0,
  over: false,
  ends: [],
  attempts: [],
});

const termsOf = (event: SchedulerEvent): Terms | undefined =>
  event.kind !== "scheduled"
    ? undefined
    : {
        schedule: event.schedule,
        extras: event.extras === null ? null : decodeExtras(event.extras),
        data: event.data,
        scheduledBlock: event.blockNumber,
      };

function follow(life: Life, event: Exclude<SchedulerEvent, { kind: "scheduled" | "sealed" }>): Life {
  if (event.kind === "attempted") return { ...life, attempts: [...life.attempts, event] };
  const { from, to, next, over } = reachOf(life, event);
  return { ...life, next, over, ends: [...life.ends, { from, to, event }] };
}

type Reach = { readonly from: number; readonly to: number; readonly next: number; readonly over: boolean };

function reachOf({ next, terms }: Life, event: EndEvent): Reach {
  switch (event.kind) {
    case "executed":
      return { from: next, to: next + 1, next: next + 1, over: true };
    case "advanced":
      return { from: event.next - 1, to: event.next, next: event.next, over: false };
    case "expired":
    case "underfunded":
      return { from: event.from, to: event.to, next: event.to, over: event.to >= countOf(terms) };
    case "cancelled":
    case "updated":
      return { from: next, to: Number.POSITIVE_INFINITY, next, over: true };
  }
}

const countOf = (terms: Terms | undefined): number =>
  terms === undefined ? Number.POSITIVE_INFINITY : (terms.extras?.count ?? 1);
