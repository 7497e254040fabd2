import assert from "node:assert/strict";
import { preferredType } from "./preferred-type.ts";

describe("the media type that a client likes most", () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["text/csv", "text/csv"],
    ["TEXT/CSV", "text/csv"],
    ["text/*", "text/csv"],
    ["text/csv;q=0.2, application/json;q=0.1", "text/csv"],
    ["text/csv;q=0.2, */*;q=0.9", "application/json"],
    ["application/json;q=0, text/csv;header=present;q=0.1", "text/csv"],
    ["text/csv, application/json", "application/json"],
    ["image/png", "application/json"],
    ["text/csv;q=nonsense", "application/json"],
    [",;,", "application/json"],
  ];
  for (const [accept, expected] of cases)
    it(`is ${expected} for ${accept ?? "no Accept header"}`, () => {
      assert.equal(preferredType(accept, ["application/json", "text/csv"]), expected);
    });
});
