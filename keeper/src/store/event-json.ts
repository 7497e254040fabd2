import type { Hex } from "@chronoledger/txm";
import type { EventPlace, SchedulerEvent } from "../watcher/decode-log.ts";
import { decodeSchedule, encodeSchedule } from "./schedule-json.ts";

type Payload = Readonly<Record<string, unknown>>;

/** What an event holds beyond its place, as JSON: integers beyond 53 bits are decimal strings. */
export function encodeEvent(event: SchedulerEvent): Payload {
  switch (event.kind) {
    case "scheduled":
      return { schedule: encodeSchedule(event.schedule), extras: event.extras, data: event.data };
    case "executed":
      return encodeExecution(event);
    case "advanced":
      return { ...encodeExecution(event), next: event.next };
    case "attempted":
      return { reason: event.reason };
    case "expired":
    case "underfunded":
      return { from: event.from, to: event.to };
    case "updated":
      return { newId: event.newId };
    case "sealed":
    case "cancelled":
      return {};
  }
}

export function decodeEvent(place: EventPlace, kind: SchedulerEvent["kind"], payload: Payload): SchedulerEvent {
  switch (kind) {
    case "scheduled":
      return {
        ...place,
        kind,
        schedule: decodeSchedule(payload.schedule as Record<string, string | number>),
        extras: (payload.extras ?? null) as Hex | null,
        data: payload.data as Hex,
      };
    case "executed":
      return { ...place, kind, ...decodeExecution(payload) };
    case "advanced":
      return { ...place, kind, ...decodeExecution(payload), next: Number(payload.next) };
    case "attempted":
      return { ...place, kind, reason: String(payload.reason) };
    case "expired":
    case "underfunded":
      return { ...place, kind, from: Number(payload.from ?? 0), to: Number(payload.to ?? 1) };
    case "updated":
      return { ...place, kind, newId: payload.newId as Hex };
    case "sealed":
    case "cancelled":
      return { ...place, kind };
  }
}

type Execution = Pick<Extract<SchedulerEvent, { kind: "executed" }>, "keeper" | "success" | "reward" | "reason">;

const encodeExecution = ({ keeper, success, reward, reason }: Execution): Payload => ({
  keeper,
  success,
  reward: String(reward),
  reason,
});

const decodeExecution = (payload: Payload): Execution => ({
  keeper: payload.keeper as Hex,
  success: payload.success === true,
  reward: BigInt(String(payload.reward)),
  reason: payload.reason as string | null,
});
