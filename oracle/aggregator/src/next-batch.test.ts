import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_TREE_LEAVES, nextBatch, type WaitingBlock } from "./next-batch.ts";

const block = (count: number, dueAt = 0n): WaitingBlock => ({ count, dueAt });
const decide = (waiting: readonly WaitingBlock[], times: { now?: bigint; readyAt?: bigint } = {}) =>
  nextBatch({ now: 100n, readyAt: 0n, ...times, waiting });

describe("the next batch of leaves", () => {
  it("is none while nobody waits", () => {
    assert.deepEqual(decide([]), { act: "idle" });
    assert.deepEqual(decide([], { readyAt: 200n }), { act: "idle" });
  });

  it("is closed at once when the nodes have had their pause", () => {
    const one = block(3);
    assert.deepEqual(decide([one]), { act: "close", blocks: [one] });
    assert.deepEqual(decide([one], { readyAt: 100n }), { act: "close", blocks: [one] });
  });

  it("waits for the end of the pause, and then takes all that arrived meanwhile", () => {
    const [one, two] = [block(3), block(4)];
    assert.deepEqual(decide([one, two], { readyAt: 101n }), { act: "wait", until: 101n });
    assert.deepEqual(decide([one, two], { now: 101n, readyAt: 101n }), { act: "close", blocks: [one, two] });
  });

  it("leaves a block out that is ahead of the clock, and waits for the first when all are", () => {
    const [early, late, due] = [block(1, 130n), block(1, 120n), block(1, 100n)];
    assert.deepEqual(decide([early, due, late]), { act: "close", blocks: [due] });
    assert.deepEqual(decide([early, late]), { act: "wait", until: 120n });
    assert.deepEqual(decide([early, late], { readyAt: 125n }), { act: "wait", until: 125n });
    assert.deepEqual(decide([early, late], { now: 125n }), { act: "close", blocks: [late] });
  });

  it("holds 131,072 leaves and not one more; what came later does not overtake", () => {
    const [large, half, one] = [block(MAX_TREE_LEAVES - 1), block(MAX_TREE_LEAVES / 2), block(1)];
    assert.deepEqual(decide([large, one]), { act: "close", blocks: [large, one] });
    assert.deepEqual(decide([large, half, one]), { act: "close", blocks: [large] });
    assert.deepEqual(decide([half, half, one]), { act: "close", blocks: [half, half] });
  });

  it("always makes progress, in order of arrival", () => {
    const blocks = fc.record({ count: fc.integer({ min: 1, max: 65_536 }), dueAt: fc.bigInt({ min: 0n, max: 200n }) });
    const times = fc.bigInt({ min: 0n, max: 200n });
    fc.assert(
      fc.property(fc.array(blocks, { maxLength: 12 }), times, times, (waiting, now, readyAt) => {
        const next = nextBatch({ now, readyAt, waiting });
        if (next.act === "idle") return assert.equal(waiting.length, 0);
        if (next.act === "wait") return assert.ok(next.until > now);
        const due = waiting.filter(({ dueAt }) => dueAt <= now);
        assert.ok(next.blocks.length > 0 && now >= readyAt);
        assert.deepEqual(next.blocks, due.slice(0, next.blocks.length));
        assert.ok(next.blocks.reduce((sum, { count }) => sum + count, 0) <= MAX_TREE_LEAVES);
      }),
    );
  });
});
