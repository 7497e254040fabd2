import assert from "node:assert/strict";
import { alteredTests, lengthFault, lostTests, MAX_LINES, machinePaths, nameFault } from "./house-rules.ts";
import { filesEndingIn, isTest } from "./project-files.ts";

const code = filesEndingIn(".ts", ".sol");
const tests = code.filter(({ path }) => path.endsWith(".ts") && isTest(path));
const texts = filesEndingIn(".ts", ".sol", ".js", ".json", ".md", ".sh", ".toml", ".yml", ".yaml", ".npmrc", "run");
const present = <T>(value: T | undefined): value is T => value !== undefined;

describe("house rules", () => {
  it("code, tests and texts were examined", () => {
    assert.ok(code.filter(({ path }) => path.endsWith(".sol")).length >= 15);
    assert.ok(code.length > 150);
    assert.ok(tests.length > 30);
    assert.ok(texts.length > code.length);
  });

  it("no file is too long", () => assert.deepEqual(code.map(lengthFault).filter(present), []));
  it("every file has a telling name in the right case", () =>
    assert.deepEqual(code.map(({ path }) => nameFault(path)).filter(present), []));
  it("no test is singled out, left out or tried again", () => assert.deepEqual(tests.flatMap(alteredTests), []));
  it("no test file is without a test, or imported", () => assert.deepEqual(tests.map(lostTests).filter(present), []));
  it("no text names a folder of somebody's machine", () => assert.deepEqual(texts.flatMap(machinePaths), []));

  it("finds a long file, but not a generated one", () => {
    const text = "x\n".repeat(MAX_LINES.source + 1);
    assert.ok(lengthFault({ path: "packages/core/src/a.ts", text }) !== undefined);
    assert.equal(lengthFault({ path: "packages/core/src/a.ts", text: text.slice(2) }), undefined);
    assert.equal(lengthFault({ path: "packages/core/src/a.test.ts", text }), undefined);
    assert.ok(lengthFault({ path: "test/e2e/a.test.ts", text: text + text }) !== undefined);
    assert.equal(lengthFault({ path: "packages/bindings/src/generated/a.ts", text }), undefined);
  });

  it("finds names that say nothing, and the wrong case", () => {
    const bad = [
      "a/src/utils.ts",
      "a/utils/x.ts",
      "a/src/helpers.test.ts",
      "a/common/x.sol",
      "a/fooBar.ts",
      "a/Foo.ts",
      "a/foo_bar.ts",
      "contracts/foo.sol",
    ];
    for (const path of bad) assert.ok(nameFault(path) !== undefined, path);
    const good = [
      "hardhat.config.ts",
      "a/foo-bar.test.ts",
      "a/x9.ts",
      "contracts/IFoo.sol",
      "test/contracts/Foo.t.sol",
      "a/foo.d.ts",
    ];
    for (const path of good) assert.equal(nameFault(path), undefined, path);
  });

  it("finds tests that do not run as written", () => {
    const bad = [
      `it.only("x", f)`,
      `describe.skip("x", f)`,
      `describe.only("x", f)`,
      `it.skip("x", f)`,
      `xit("x", f)`,
      `xdescribe("x", f)`,
      `it("x", function () { this.skip(); })`,
      `describe("x", function () { this.retries(3); })`,
      `it("x", f).retries(2)`,
    ];
    for (const text of bad) assert.equal(alteredTests({ path: "a.test.ts", text }).length, 1, text);
    for (const text of [
      `it("x.only(", f)`,
      `// it.skip("x")`,
      `list.skip(3)`,
      `config.retries = 3`,
      `const t = "it.only(1)"`,
    ])
      assert.deepEqual(alteredTests({ path: "a.test.ts", text }), [], text);
  });

  it("finds tests that a runner would not find", () => {
    const test = 'describe("x", () => {\n  it("y", f);';
    const imports = (file: string) => ["import { a }", `"./${file}.ts";\n`].join(" from ");
    assert.ok(lostTests({ path: "a/rig.test.ts", text: "export const quit(1);" }) !== undefined);
    assert.ok(lostTests({ path: "a/a.test.ts", text: imports("b.test") + test }) !== undefined);
    assert.equal(lostTests({ path: "a/a.test.ts", text: imports("b") + test }), undefined);
    assert.equal(lostTests({ path: "a/a.test.ts", text: '  for (const x of y) it("y", f);' }), undefined);
    assert.equal(lostTests({ path: "a/a.ts", text: "" }), undefined);
  });

  it("finds folders of a machine", () => {
    const path = (...parts: string[]) => ["", ...parts].join("/");
    const bad = [
      `"${path("home", "me", "x")}"`,
      path("work", "main"),
      ` ${path("tmp", "x.sock")}`,
      `(${path("Users", "me")})`,
      `file = ${path("root", "x")}`,
      ["C:", "Users"].join("\\"),
    ];
    for (const text of bad) assert.deepEqual(machinePaths({ path: "a.md", text: `first\n${text}` }), ["a.md:2"], text);
    const good = [
      `https://example.org${path("home", "x")}`,
      `../..${path("work", "x")}`,
      "/v1/cosign",
      `"/work"`,
      "a /tmp folder",
      `\${folder}${path("tmp", "x")}`,
    ];
    for (const text of good) assert.deepEqual(machinePaths({ path: "a.md", text }), [], text);
  });
});
