import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { createLogger } from "./log.ts";

describe("log", () => {
  const lines: string[] = [];
  const keep = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLogger("test", keep);

  it("prints a bigint as a decimal string", () => {
    log.info({ timeNs: 1_790_000_000_000_000_001n }, "hello");
    assert.equal(JSON.parse(lines.pop() ?? "").timeNs, "1790000000000000001");
  });

  it("never prints what looks like a secret", () => {
    log.info({ token: "abc", account: { privateKey: "0xdead" }, request: { authorization: "Bearer abc" } }, "hello");
    assert.doesNotMatch(lines.pop() ?? "", /abc|dead/);
  });

  it("prints what failed down to its cause, and nothing else that foreign errors carry", () => {
    const cause = Object.assign(new Error("duplicate key"), { code: "23505", detail: "Key (name)=(a person)" });
    const error = Object.assign(new Error("Failed query: insert params: a person", { cause }), {
      query: "insert into t values ($1)",
      params: ["a person"],
    });
    log.warn({ err: error }, "hello");
    const line = lines.pop() ?? "";
    assert.doesNotMatch(line, /a person/);
    const { err } = JSON.parse(line) as { err: { message: string; cause: { code: string; stack: string } } };
    assert.equal(err.message, "failed query: insert into t values ($1)");
    assert.equal(err.cause.code, "23505");
    assert.match(err.cause.stack, /duplicate key/);
  });
});
