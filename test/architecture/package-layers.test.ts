import assert from "node:assert/strict";
import { dependencyFaults, importFaults, RANK, specifiersOf } from "./package-layers.ts";
import { filesEndingIn, type Manifest, toManifest } from "./project-files.ts";

const all = filesEndingIn("package.json").map(toManifest);
const root = all.find(({ folder }) => folder === "") ?? assert.fail("no root package.json");
const workspaces = all.filter(({ folder }) => /^(packages|oracle)\/[^/]+$|^(keeper|deploy|app)$/.test(folder));
const sources = filesEndingIn(".ts");

const core: Manifest = {
  folder: "packages/core",
  name: "@chronoledger/core",
  entries: ["@chronoledger/core"],
  dependencies: ["zod"],
  devDependencies: [],
};
const service: Manifest = {
  ...core,
  folder: "packages/service",
  name: "@chronoledger/service",
  entries: ["@chronoledger/service", "@chronoledger/service/clock"],
  dependencies: [core.name, "pino"],
};
const node: Manifest = {
  ...core,
  folder: "oracle/node",
  name: "@chronoledger/node",
  entries: ["@chronoledger/node"],
  dependencies: [core.name, service.name],
};
const sample = [core, service, node];
const faultsOf = (path: string, text: string) =>
  importFaults([{ path, text }], { workspaces: sample, root: { ...core, folder: "", devDependencies: ["mocha"] } });

describe("layers of packages", () => {
  it("the known workspaces and their sources were examined", () => {
    for (const name of ["core", "bindings", "service", "txm", "node", "aggregator", "relayer", "keeper", "deploy"])
      assert.ok(
        workspaces.some((one) => one.name === `@chronoledger/${name}`),
        name,
      );
    for (const { folder, name } of workspaces) {
      const imports = sources
        .filter(({ path }) => path.startsWith(`${folder}/src/`))
        .flatMap(({ text }) => specifiersOf(text));
      assert.ok(imports.length > 0, `${name} imports nothing`);
    }
  });

  it("every package.json depends only downwards", () => assert.deepEqual(dependencyFaults(workspaces), []));

  it("every import is declared, stays in its package or points downwards", () =>
    assert.deepEqual(importFaults(sources, { workspaces, root }), []));

  it("finds a dependency that points upwards, sideways, or to an unknown package", () => {
    assert.deepEqual(dependencyFaults(sample), []);
    for (const dependency of [
      "@chronoledger/service",
      "@chronoledger/core",
      "@chronoledger/bindings",
      "@chronoledger/nobody",
    ])
      assert.equal(dependencyFaults([{ ...core, dependencies: [dependency] }]).length, 1, dependency);
    for (const dependency of ["@chronoledger/keeper", "@chronoledger/aggregator"])
      assert.equal(dependencyFaults([{ ...node, devDependencies: [dependency] }]).length, 1, dependency);
    assert.equal(dependencyFaults([{ ...node, name: "@chronoledger/nobody" }]).length, 1);
    assert.ok(Object.keys(RANK).length >= 9);
  });

  it("sees every kind of import", () => {
    const text = `import a from "a"; import type { B } from "b"; export * from "c"; const d = await import("d"); import "e";
      // import x from "not-this";
      const text = 'import y from "nor-this"';`;
    assert.deepEqual(specifiersOf(text).toSorted(), ["a", "b", "c", "d", "e"]);
  });

  const bad: [string, string, string][] = [
    ["an undeclared package", "oracle/node/src/a.ts", `import x from "express";`],
    ["a package that only the root declares", "oracle/node/src/a.ts", `import "mocha";`],
    ["an upward import", "packages/core/src/a.ts", `import type { X } from "@chronoledger/service";`],
    ["an upward import in a test", "packages/core/src/a.test.ts", `import { x } from "@chronoledger/service";`],
    ["a deployable", "oracle/node/src/a.ts", `export { x } from "@chronoledger/keeper";`],
    ["another deployable by path", "oracle/node/src/a.ts", `import { x } from "../../aggregator/src/b.ts";`],
    ["a dynamic import by path", "oracle/node/src/a.ts", `await import("../../../packages/core/src/time.ts");`],
    ["the inside of a package", "oracle/node/src/a.ts", `import { x } from "@chronoledger/core/src/time.ts";`],
    ["node:* in core", "packages/core/src/a.ts", `import { readFileSync } from "node:fs";`],
    ["a built-in module without its prefix in core", "packages/core/src/a.ts", `import fs from "fs";`],
    [
      "test support in a source that is no test",
      "packages/core/src/a.ts",
      `import { x } from "../../../test/support/y.ts";`,
    ],
    [
      "another package by path, in a test",
      "oracle/node/src/a.test.ts",
      `import { x } from "../../../packages/core/src/y.ts";`,
    ],
    ["a workspace without a package.json", "packages/nobody/src/a.ts", `import "zod";`],
  ];
  for (const [name, path, text] of bad) it(`finds ${name}`, () => assert.equal(faultsOf(path, text).length, 1));

  it("lets pass what is allowed", () => {
    assert.deepEqual(
      faultsOf(
        "oracle/node/src/a.ts",
        `import "node:fs"; import { x } from "@chronoledger/core"; import "@chronoledger/service/clock"; import "./b.ts";`,
      ),
      [],
    );
    assert.deepEqual(
      faultsOf("packages/core/src/a.test.ts", `import "node:fs"; import "mocha"; import "../../../test/vectors/x.ts";`),
      [],
    );
  });
});
