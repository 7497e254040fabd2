import assert from "node:assert/strict";
import { isChronoError, RUN_STATES } from "@chronoledger/core";
import { canHappen, isPending, nextRunState, RUN_EVENTS, type RunEvent, type RunState } from "./run-machine.ts";

/** Every edge, written out apart from the table that it checks. */
const EDGES: readonly (readonly [RunState, RunEvent, RunState])[] = [
  ["planned", "arm", "armed"],
  ["planned", "include", "included"],
  ["planned", "expire", "expired"],
  ["planned", "cancel", "cancelled"],
  ["planned", "vanish", "in-doubt"],
  ["armed", "sign", "signed"],
  ["armed", "defer", "planned"],
  ["armed", "include", "included"],
  ["armed", "expire", "expired"],
  ["armed", "cancel", "cancelled"],
  ["armed", "vanish", "in-doubt"],
  ...(["signed", "sent", "in-doubt"] as const).flatMap((state): [RunState, RunEvent, RunState][] => [
    [state, "accept", "sent"],
    [state, "doubt", "in-doubt"],
    [state, "defer", "planned"],
    [state, "revert", "reverted"],
    [state, "replace", "replaced"],
    [state, "include", "included"],
    [state, "expire", "expired"],
    [state, "cancel", "cancelled"],
    [state, "vanish", "in-doubt"],
  ]),
  ...(["reverted", "replaced"] as const).flatMap((state): [RunState, RunEvent, RunState][] => [
    [state, "defer", "planned"],
    [state, "include", "included"],
    [state, "expire", "expired"],
    [state, "cancel", "cancelled"],
    [state, "vanish", "in-doubt"],
  ]),
  ["included", "include", "included"],
  ["included", "finalise", "final"],
  ["included", "reorganise", "in-doubt"],
  ["expired", "include", "included"],
  ["expired", "finalise", "expired"],
  ["expired", "reorganise", "in-doubt"],
  ["cancelled", "finalise", "cancelled"],
  ["cancelled", "reorganise", "in-doubt"],
];
const known = new Set(EDGES.map(([state, event]) => `${state} ${event}`));

describe("the states of a run", () => {
  for (const [from, event, to] of EDGES)
    it(`${from} becomes ${to} by ${event}`, () => {
      assert.equal(nextRunState(from, event), to);
    });

  it("has no other edge", () => {
    for (const state of RUN_STATES)
      for (const event of RUN_EVENTS) {
        assert.equal(canHappen(state, event), known.has(`${state} ${event}`), `${state} ${event}`);
        if (known.has(`${state} ${event}`)) continue;
        assert.throws(
          () => nextRunState(state, event),
          (error) => isChronoError(error) && error.code === "internal/unexpected",
        );
      }
  });

  it("reaches every state from planned, and an end from every state", () => {
    const reachable = (from: RunState): Set<RunState> => {
      const seen = new Set<RunState>([from]);
      for (const state of seen) for (const [a, , b] of EDGES) if (a === state) seen.add(b);
      return seen;
    };
    assert.deepEqual([...reachable("planned")].sort(), [...RUN_STATES].sort());
    for (const state of RUN_STATES)
      assert.ok(
        [...reachable(state)].some((end) => end === "final" || end === "expired" || end === "cancelled"),
        state,
      );
  });

  it("tells pending from ended", () => {
    const ended = RUN_STATES.filter((state) => !isPending(state));
    assert.deepEqual(ended.sort(), ["cancelled", "expired", "final", "included"]);
  });
});
