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
});
