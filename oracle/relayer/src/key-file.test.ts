import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAccountKey } from "./key-file.ts";

describe("the account key", () => {
  const folder = mkdtempSync(join(tmpdir(), "chrono-key-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const written = (text: string): string => {
    const path = join(folder, "key");
    writeFileSync(path, text);
    return path;
  };
  const digits = "ab".repeat(32);

  it("is read with or without 0x and a newline", () => {
    for (const text of [digits, `0x${digits}\n`, digits.toUpperCase()])
      assert.deepEqual(readAccountKey(written(text)), new Uint8Array(32).fill(0xab));
  });

  it("is refused in any other form, without repeating it", () => {
    for (const text of ["", `${digits}00`, digits.slice(1), `${digits.slice(2)}zz`])
      assert.throws(
        () => readAccountKey(written(text)),
        (error: Error & { code?: string }) => error.code === "config/invalid" && !error.message.includes("abab"),
      );
    assert.throws(() => readAccountKey(join(folder, "nowhere")), { code: "config/invalid" });
  });
});
