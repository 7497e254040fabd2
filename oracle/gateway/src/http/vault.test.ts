import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Vault } from "./vault.ts";

describe("vault", () => {
  const vault = new Vault("a secret of thirty-two characters or more");

  it("opens what it sealed, for the same purpose only", () => {
    const sealed = vault.seal("clk_secret", "account/1");
    assert.equal(vault.open(sealed, "account/1"), "clk_secret");
    assert.throws(() => vault.open(sealed, "account/2"), { code: "journal/corrupt" });
    assert.throws(() => new Vault("another secret of thirty-two characters").open(sealed, "account/1"), {
      code: "journal/corrupt",
    });
  });

  it("shows nothing of a text, and seals it differently each time", () => {
    const [a, b] = [vault.seal("clk_secret", "x"), vault.seal("clk_secret", "x")];
    assert.ok(!a.includes("clk_secret"));
    assert.notDeepEqual(a, b);
  });

  it("refuses every sealed text with one changed byte", () => {
    const sealed = vault.seal("text", "x");
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] as number) ^ 1;
      assert.throws(() => vault.open(changed, "x"), { code: "journal/corrupt" }, `byte ${i}`);
    }
    for (let length = 0; length < sealed.length; length++)
      assert.throws(() => vault.open(sealed.subarray(0, length), "x"), { code: "journal/corrupt" });
  });

  it("derives secrets that follow from purpose and id alone", () => {
    assert.deepEqual(vault.derive("webhook", "a"), vault.derive("webhook", "a"));
    assert.equal(vault.derive("webhook", "a").length, 32);
    assert.notDeepEqual(vault.derive("webhook", "a"), vault.derive("webhook", "b"));
    assert.notDeepEqual(vault.derive("webhook", "a"), vault.derive("other", "a"));
    assert.notDeepEqual(vault.derive("ab", "c"), vault.derive("a", "bc"));
  });

  it("wants a file with enough characters, and does not repeat them", () => {
    const folder = mkdtempSync(join(tmpdir(), "chrono-vault-"));
    const file = join(folder, "secret");
    writeFileSync(file, "short-secret\n");
    assert.throws(
      () => Vault.fromFile(file),
      (error: Error) => /32 random characters/.test(error.message) && !error.message.includes("short-secret"),
    );
    writeFileSync(file, `${"r".repeat(40)}\n`);
    assert.deepEqual(Vault.fromFile(file).derive("a", "b"), new Vault("r".repeat(40)).derive("a", "b"));
    rmSync(folder, { recursive: true });
  });
});
