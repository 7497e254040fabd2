import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { toStatement } from "../../../test/vectors/load.ts";
import statements from "../../../test/vectors/statements.json" with { type: "json" };
import { conflictOf } from "./equivocation.ts";
import { encodeStatement, type Statement } from "./statement.ts";

const [first] = statements.accepted;
assert.ok(first !== undefined);
const base = toStatement(first);
const make = (sequence: number, previous: number, time: number, changes: Partial<Statement> = {}) => {
  const fields = {
    ...base,
    sequence: BigInt(sequence),
    previousTime: BigInt(previous),
    time: BigInt(time),
    ...changes,
  } as Statement;
  return { bytes: encodeStatement(fields), fields };
};
type Made = ReturnType<typeof make>;
const both = (a: Made, b: Made) => {
  const conflict = conflictOf(a, b);
  assert.equal(conflictOf(b, a), conflict);
  return conflict;
};

describe("equivocation", () => {
  it("a statement does not conflict with itself, nor with the ones before and after it", () => {
    assert.equal(both(make(5, 100, 200), make(5, 100, 200)), undefined);
    assert.equal(both(make(5, 100, 200), make(6, 200, 300)), undefined);
    assert.equal(both(make(5, 100, 200), make(9, 250, 300)), undefined);
  });

  it("two statements of one sequence conflict, whatever else differs", () => {
    assert.equal(both(make(5, 100, 200), make(5, 200, 300)), "same-sequence");
    assert.equal(both(make(5, 100, 200), make(5, 100, 200, { link: new Uint8Array(32) })), "same-sequence");
  });

  it("a certified time inside another's span conflicts", () => {
    assert.equal(both(make(5, 100, 200), make(6, 199, 300)), "crossing-spans");
    assert.equal(both(make(5, 100, 200), make(6, 50, 300)), "crossing-spans");
    assert.equal(both(make(5, 100, 200), make(6, 50, 101)), "crossing-spans");
    assert.equal(both(make(5, 100, 200), make(6, 50, 199)), "crossing-spans");
  });

  it("one instant under two sequences conflicts", () => {
    assert.equal(both(make(5, 100, 200), make(6, 100, 200)), "crossing-spans");
  });

  it("a later sequence at an earlier time conflicts, though the spans lie apart", () => {
    assert.equal(both(make(5, 150, 200), make(6, 20, 100)), "order-reversed");
  });

  it("another network never conflicts", () => {
    const networkId = base.networkId + 1;
    assert.equal(both(make(5, 100, 200), make(5, 100, 300, { networkId })), undefined);
    assert.equal(both(make(5, 100, 200), make(6, 50, 300, { networkId })), undefined);
  });

  it("between epochs only crossing spans prove anything: the sets share no signer", () => {
    const next = { epoch: base.epoch + 1 };
    assert.equal(both(make(5, 100, 200), make(5, 200, 300, next)), undefined);
    assert.equal(both(make(9, 100, 200), make(5, 200, 300, next)), undefined);
    assert.equal(both(make(5, 100, 200), make(6, 150, 300, next)), "crossing-spans");
  });

  it("a history that keeps the rules has no conflict; the same with one step altered has", () => {
    const step = fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
    );
    holds(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
        let [sequence, time] = [0, 1_000];
        const history = steps.map(([more, gap, length]) => {
          const previous = time + gap;
          sequence += more;
          time = previous + length;
          return make(sequence, previous, time);
        });
        for (const a of history) for (const b of history) assert.equal(both(a, b), undefined);
        const [one, two] = history as [Made, Made];
        const forged = make(Number(two.fields.sequence), Number(one.fields.previousTime), Number(two.fields.time) + 1);
        assert.ok(history.some((known) => both(known, forged) !== undefined));
      }),
    );
  });
});
