import assert from "node:assert/strict";
import { ChronoError, ERROR_CODES, httpStatusOf, isChronoError, retryOf } from "./errors.ts";

describe("errors", () => {
  it("codes are area/what, each of them once", () => {
    assert.ok(ERROR_CODES.length >= 50);
    assert.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
    for (const code of ERROR_CODES) assert.match(code, /^[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*$/);
  });

  it("every code decides whether to try again and its HTTP status", () => {
    for (const code of ERROR_CODES) {
      assert.ok(["never", "later"].includes(retryOf(code)), code);
      assert.ok([400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503].includes(httpStatusOf(code)), code);
      if (httpStatusOf(code) === 503 || httpStatusOf(code) === 429) assert.equal(retryOf(code), "later", code);
    }
  });

  it("the message holds the code, the values and the remedy", () => {
    const error = new ChronoError("statement/epoch", { got: 3, need: 4 }, { remedy: "fetch the node set" });
    assert.equal(error.message, "statement/epoch (got: 3, need: 4). fetch the node set");
    assert.equal(new ChronoError("internal/unexpected").message, "internal/unexpected");
    assert.deepEqual(error.details, { got: 3, need: 4 });
  });

  it("keeps its cause", () => {
    const cause = new Error("below");
    assert.equal(new ChronoError("rpc/unavailable", {}, { cause }).cause, cause);
  });

  it("is known by its shape, also from a second copy of the package", () => {
    assert.ok(isChronoError(new ChronoError("rate/limited")));
    assert.ok(isChronoError(Object.assign(new Error("copy"), { name: "ChronoError", code: "rate/limited" })));
    for (const other of [
      new Error("rate/limited"),
      Object.assign(new Error("x"), { name: "ChronoError", code: "rate/unknown" }),
      Object.assign(new Error("x"), { code: "rate/limited" }),
      { name: "ChronoError", code: "rate/limited" },
      null,
      undefined,
      "rate/limited",
    ])
      assert.equal(isChronoError(other), false);
  });
});
