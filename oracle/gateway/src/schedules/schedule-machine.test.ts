import assert from "node:assert/strict";
import { type ExecutionState, SCHEDULE_STATES } from "@chronoledger/core/gateway";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import {
  hasEnded,
  nextScheduleState,
  SCHEDULE_EVENTS,
  SCHEDULE_TRANSITIONS,
  type ScheduleEvent,
  scheduleCan,
} from "./schedule-machine.ts";

/** state, event, next state: written out by hand, so that an edge is changed in two places or not at all. */
const EDGES: readonly (readonly [ExecutionState, ScheduleEvent, ExecutionState])[] = [
  ["accepted", "submit", "submitted"],
  ["accepted", "arm", "armed"],
  ["accepted", "execute", "executed"],
  ["accepted", "fail", "failed"],
  ["accepted", "expire", "expired"],
  ["accepted", "ask", "cancelling"],
  ["accepted", "cancel", "cancelled"],
  ["submitted", "take-back", "accepted"],
  ["submitted", "arm", "armed"],
  ["submitted", "execute", "executed"],
  ["submitted", "fail", "failed"],
  ["submitted", "expire", "expired"],
  ["submitted", "ask", "cancelling"],
  ["submitted", "cancel", "cancelled"],
  ["armed", "execute", "executed"],
  ["armed", "fail", "failed"],
  ["armed", "expire", "expired"],
  ["armed", "ask", "cancelling"],
  ["armed", "cancel", "cancelled"],
  ["cancelling", "ask", "cancelling"],
  ["cancelling", "execute", "executed"],
  ["cancelling", "fail", "failed"],
  ["cancelling", "expire", "expired"],
  ["cancelling", "cancel", "cancelled"],
];

describe("a schedule's life", () => {
  for (const state of SCHEDULE_STATES)
    for (const event of SCHEDULE_EVENTS) {
      const next = EDGES.find(([from, by]) => from === state && by === event)?.[2];
      it(`${event} when ${state} ${next === undefined ? "cannot happen" : `leads to ${next}`}`, () => {
        assert.equal(scheduleCan(state, event), next !== undefined);
        if (next !== undefined) assert.equal(nextScheduleState(state, event), next);
        else assert.throws(() => nextScheduleState(state, event), { code: "internal/unexpected" });
      });
    }

  it("has no state that is not of the wire", () => {
    assert.deepEqual(Object.keys(SCHEDULE_TRANSITIONS).toSorted(), [...SCHEDULE_STATES].toSorted());
  });

  it("ends for good", () => {
    assert.deepEqual(SCHEDULE_STATES.filter(hasEnded), ["executed", "failed", "expired", "cancelled"]);
  });

  it("can end from everywhere, and whatever happens leads to one end at most", () => {
    holds(
      fc.property(fc.array(fc.constantFrom(...SCHEDULE_EVENTS), { maxLength: 30 }), (events) => {
        let state: ExecutionState = "accepted";
        let ends = 0;
        for (const event of events) {
          if (!scheduleCan(state, event)) continue;
          assert.equal(ends, 0);
          state = nextScheduleState(state, event);
          if (hasEnded(state)) ends++;
        }
        assert.ok(hasEnded(state) || scheduleCan(state, "cancel"));
      }),
    );
  });
});
