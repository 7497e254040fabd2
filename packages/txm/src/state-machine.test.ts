import assert from "node:assert/strict";
import { isChronoError } from "@chronoledger/core";
import { canHappen, nextState, TRANSACTION_EVENTS, TRANSITIONS, type TransactionEvent } from "./state-machine.ts";
import { TRANSACTION_STATES, type TransactionState } from "./types.ts";

/** Every edge, written out apart from the table that it checks. */
const EDGES: readonly (readonly [TransactionState, TransactionEvent, TransactionState])[] = [
  ["reserved", "signed", "signed"],
  ["reserved", "released", "rejected"],
  ["signed", "written", "in-doubt"],
  ["signed", "acknowledged", "sent"],
  ["signed", "doubted", "in-doubt"],
  ["signed", "rejected", "rejected"],
  ["signed", "released", "rejected"],
  ["signed", "included", "included"],
  ["signed", "cancelled", "cancelled"],
  ["signed", "replaced", "replaced"],
  ["in-doubt", "acknowledged", "sent"],
  ["in-doubt", "doubted", "in-doubt"],
  ["in-doubt", "rejected", "rejected"],
  ["in-doubt", "included", "included"],
  ["in-doubt", "cancelled", "cancelled"],
  ["in-doubt", "replaced", "replaced"],
  ["sent", "acknowledged", "sent"],
  ["sent", "doubted", "in-doubt"],
  ["sent", "included", "included"],
  ["sent", "cancelled", "cancelled"],
  ["sent", "replaced", "replaced"],
  ["included", "included", "included"],
  ["included", "reorganised", "in-doubt"],
  ["included", "finalised", "final"],
  ["cancelled", "cancelled", "cancelled"],
  ["cancelled", "reorganised", "in-doubt"],
  ["cancelled", "finalised", "cancelled"],
  ["replaced", "included", "included"],
  ["replaced", "cancelled", "cancelled"],
  ["replaced", "reorganised", "in-doubt"],
  ["replaced", "finalised", "replaced"],
];
const known = new Set(EDGES.map(([state, event]) => `${state} ${event}`));

describe("the states of a transaction", () => {
  for (const [from, event, to] of EDGES)
    it(`${from} becomes ${to} when ${event}`, () => {
      assert.equal(nextState(from, event), to);
    });

  it("has no other edge", () => {
    for (const state of TRANSACTION_STATES)
      for (const event of TRANSACTION_EVENTS) {
        assert.equal(canHappen(state, event), known.has(`${state} ${event}`), `${state} ${event}`);
        if (known.has(`${state} ${event}`)) continue;
        assert.throws(
          () => nextState(state, event),
          (error) => isChronoError(error) && error.code === "internal/unexpected",
        );
      }
  });

  it("never leaves final and rejected", () => {
    assert.deepEqual([TRANSITIONS.final, TRANSITIONS.rejected], [{}, {}]);
  });

  it("gives a nonce back only while nobody can have the bytes", () => {
    const released = EDGES.filter(([, event]) => event === "released").map(([state]) => state);
    assert.deepEqual(released, ["reserved", "signed"]);
  });
});
