import assert from "node:assert/strict";
import { ChronoError } from "@chronoledger/core";
import { sql } from "drizzle-orm";
import { openDatabase } from "./database.ts";
import { databaseErrorOf, mayPassLater } from "./database-error.ts";

const withCode = (code: string | undefined) =>
  Object.assign(new Error("of the driver"), code === undefined ? {} : { code });
const queryError = (cause: Error) =>
  Object.assign(new Error("Failed query", { cause }), { query: "select", params: ["x"] });

describe("errors of the database", () => {
  it("are temporary when it is away, busy or in conflict, and lasting when the statement is wrong", () => {
    for (const code of ["08006", "40001", "40P01", "53300", "55P03", "57P01", "ECONNREFUSED", "EPIPE", undefined])
      assert.equal(databaseErrorOf(queryError(withCode(code)))?.code, "database/unavailable", code);
    for (const code of ["42P01", "23505", "22P02"])
      assert.equal(databaseErrorOf(queryError(withCode(code)))?.code, "internal/unexpected", code);
  });

  it("are judged by what lies behind them", () => {
    assert.equal(mayPassLater(new Error("query failed", { cause: withCode("40001") })), true);
    assert.equal(mayPassLater(new Error("query failed", { cause: withCode("XX000") })), false);
    assert.equal(mayPassLater(new ChronoError("database/unavailable")), true);
  });

  it("are told from errors that are none", () => {
    assert.equal(databaseErrorOf(new Error("x")), undefined);
    assert.equal(databaseErrorOf(new ChronoError("input/malformed")), undefined);
    assert.equal(mayPassLater(new ChronoError("quota/exceeded")), false);
  });

  it("do not carry the parameters of the statement on", async () => {
    const { db, close } = await openDatabase({ migrations: [] });
    const error = await db.execute(sql`select * from nowhere where name = ${"a person"}`).then(
      () => undefined,
      (reason: unknown) => databaseErrorOf(reason),
    );
    await close();
    assert.equal(error?.code, "internal/unexpected");
    assert.doesNotMatch(JSON.stringify([error.message, String(error.cause), error.details]), /a person/);
  });
});
