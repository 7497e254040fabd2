import assert from "node:assert/strict";
import { isChronoError, MAX_U64 } from "@chronoledger/core";
import { PageQuery } from "@chronoledger/core/gateway";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { newId } from "./new-id.ts";
import { cursorOf, pageOfRows, positionOf } from "./page-cursor.ts";

describe("a page's cursor", () => {
  it("is what the query takes, and leads back to where the page ended", () => {
    holds(
      fc.property(fc.bigInt(0n, MAX_U64), (at) => {
        const position = { at, id: newId("ak") };
        const { cursor = "" } = PageQuery.parse({ cursor: cursorOf(position) });
        assert.deepEqual(positionOf(cursor), position);
      }),
    );
  });

  it("that was made up is refused, and breaks nothing", () => {
    holds(
      fc.property(fc.string({ maxLength: 128 }), (text) => {
        try {
          const { at, id } = positionOf(text);
          assert.ok(at >= 0n && id.length > 0);
        } catch (error) {
          assert.ok(isChronoError(error) && error.code === "input/malformed");
        }
      }),
    );
    assert.throws(() => positionOf("nonsense"), { code: "input/malformed" });
  });

  it("is there only when there is a further page", () => {
    const page = (rows: number[]) => pageOfRows(rows, 2, String, (row) => ({ at: BigInt(row), id: "a" }));
    assert.deepEqual(page([]), { items: [], next: null });
    assert.deepEqual(page([9, 8]), { items: ["9", "8"], next: null });
    assert.deepEqual(page([9, 8, 7]), { items: ["9", "8"], next: cursorOf({ at: 8n, id: "a" }) });
  });
});
