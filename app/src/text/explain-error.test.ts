import assert from "node:assert/strict";
import { ChronoError, ERROR_CODES, type ErrorCode } from "@chronoledger/core";
import { explainError, explainSignUpError } from "./explain-error.ts";

/** What only a node says, of a round that it refuses. */
const OF_NODES: readonly ErrorCode[] = [
  "statement/tai-offset",
  "statement/too-early",
  "statement/too-late",
  "statement/imprint-late",
  "statement/sequence",
  "statement/link",
  "statement/anchor",
  "statement/equivocation",
  "certificate/stale",
  "certificate/future",
];

describe("errors in words", () => {
  const fallback = explainError(new ChronoError("journal/corrupt"));

  for (const code of ERROR_CODES.filter((each) =>
    /^(statement|certificate|proof|node-set|input|auth|quota|rate)\//.test(each),
  ))
    if (!OF_NODES.includes(code))
      it(`${code} has its own meaning and remedy`, () => {
        const { means, todo, exact } = explainError(new ChronoError(code, { value: 7 }));
        assert.notEqual(means, fallback.means);
        assert.ok(todo.length > 10);
        assert.match(exact, /value: 7/);
      });

  it("are said of a sign-up as they are meant there", () => {
    assert.match(explainSignUpError(new ChronoError("auth/refused")).means, /does not open accounts/);
    assert.equal(
      explainSignUpError(new ChronoError("clock/not-available")).means,
      explainError(new ChronoError("clock/not-available")).means,
    );
  });

  it("of what nobody expected keep the message", () => {
    const { code, exact } = explainError(new TypeError("x is not a function"));
    assert.deepEqual([code, exact], ["internal/unexpected", "x is not a function"]);
  });
});
