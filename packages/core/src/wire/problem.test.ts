import assert from "node:assert/strict";
import { errorFromProblem } from "./problem.ts";

describe("problem documents", () => {
  it("give back the error that the service reported, with what the caller knows", () => {
    const body = { code: "statement/epoch", title: "x", status: 422, details: { got: 3 }, requestId: "r" };
    const error = errorFromProblem(body, "round/failed", { node: 2 });
    assert.equal(error.code, "statement/epoch");
    assert.deepEqual(error.details, { got: 3, node: 2 });
  });

  it("anything else becomes the fallback", () => {
    const wrong = [
      null,
      undefined,
      "text",
      5,
      [],
      {},
      { code: "no/such", title: "x", status: 400 },
      { code: "rate/limited", status: 429 },
    ];
    for (const body of wrong) {
      const error = errorFromProblem(body, "rpc/unavailable", { url: "u" });
      assert.equal(error.code, "rpc/unavailable");
      assert.deepEqual(error.details, { url: "u" });
    }
  });
});
