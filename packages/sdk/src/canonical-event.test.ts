import assert from "node:assert/strict";
import { isChronoError } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { canonicalText, eventHash } from "./canonical-event.ts";

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, shuffled(each)]),
  );
};

describe("canonical text of an event", () => {
  it("does not depend on the order of members", () =>
    holds(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonicalText(shuffled(value)), canonicalText(value));
        assert.deepEqual(eventHash(shuffled(value)), eventHash(value));
      }),
    ));

  it("reads back as the same JSON", () =>
    holds(
      fc.property(fc.jsonValue(), (value) =>
        assert.deepEqual(JSON.parse(canonicalText(value)), JSON.parse(JSON.stringify(value))),
      ),
    ));

  it("writes bigints as decimal strings, honours toJSON, and leaves undefined members out", () => {
    assert.equal(canonicalText({ b: 2n ** 64n, a: undefined }), '{"b":"18446744073709551616"}');
    assert.equal(
      canonicalText({ at: new Date(0), x: { toJSON: () => [1n] } }),
      '{"at":"1970-01-01T00:00:00.000Z","x":["1"]}',
    );
    assert.equal(canonicalText([1e21, -0, "é\n", null]), '[1e+21,0,"é\\n",null]');
  });

  it("has the same text for a value that occurs twice, which is no cycle", () => {
    const leg = { price: 1 };
    assert.equal(canonicalText([leg, leg]), '[{"price":1},{"price":1}]');
  });

  it("refuses what has no canonical form, naming where it is", () => {
    const cycle: Record<string, unknown> = { name: "x" };
    cycle.legs = [{ parent: cycle }];
    let deep: unknown = 1;
    for (let i = 0; i < 300; i++) deep = { deep };
    const cases: [unknown, RegExp][] = [
      [{ price: Number.NaN }, /path: \$\.price, what: NaN/],
      [{ legs: [1, Number.POSITIVE_INFINITY] }, /path: \$\.legs\[1\], what: Infinity/],
      [undefined, /path: \$, what: undefined/],
      [[undefined], /path: \$\[0\], what: undefined/],
      [{ run: () => 1 }, /path: \$\.run, what: function/],
      [{ id: Symbol("x") }, /path: \$\.id, what: symbol/],
      [cycle, /path: \$\.legs\[0\]\.parent, what: a cycle/],
      [{ book: new Map([[1, 2]]) }, /path: \$\.book, what: Map/],
      [{ raw: new Uint8Array(2) }, /path: \$\.raw, what: Uint8Array/],
      [{ text: "\ud800" }, /path: \$\.text/],
      [{ "\ud800": 1 }, /path: \$, what: a name/],
      [deep, /nested deeper/],
    ];
    for (const [value, message] of cases)
      assert.throws(
        () => canonicalText(value),
        (error) => isChronoError(error) && error.code === "input/malformed" && message.test(error.message),
      );
  });
});
