import assert from "node:assert/strict";
import { ChronoError } from "@chronoledger/core";
import { isTransient } from "./is-transient.ts";

const sqlError = (code: string): Error => Object.assign(new Error("of the database"), { code });

describe("whether a transaction may pass by itself later", () => {
  it("is so for a database that is away, busy or in conflict, also behind other errors", () => {
    for (const code of ["08006", "40001", "40P01", "53300", "57P01", "ECONNRESET", "EPIPE"])
      for (const error of [sqlError(code), new Error("query failed", { cause: sqlError(code) })])
        assert.equal(isTransient(error), true, code);
    assert.equal(isTransient(new Error("Connection terminated unexpectedly")), true);
  });

  it("is not so for what the database will never accept, and for our own errors", () => {
    for (const code of ["23505", "42P01", "22003", "XX000"])
      assert.equal(isTransient(new Error("query failed", { cause: sqlError(code) })), false, code);
    assert.equal(isTransient(new ChronoError("input/out-of-range")), false);
    assert.equal(isTransient(new ChronoError("database/unavailable")), true);
  });
});
