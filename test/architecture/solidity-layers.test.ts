import assert from "node:assert/strict";
import { filesEndingIn } from "./project-files.ts";
import { solidityFaults, solidityImports } from "./solidity-layers.ts";

const contracts = filesEndingIn(".sol").filter(({ path }) => path.startsWith("contracts/"));
const faultsOf = (path: string, text: string) => solidityFaults([{ path: `contracts/${path}`, text }]);

describe("layers of contracts", () => {
  it("the contracts were examined, in every layer", () => {
    assert.ok(contracts.length >= 15);
    for (const layer of ["types", "interfaces", "libraries", "periphery", "examples"])
      assert.ok(
        contracts.some(({ path }) => path.startsWith(`contracts/${layer}/`)),
        layer,
      );
    assert.ok(contracts.flatMap(({ text }) => solidityImports(text)).length >= 30);
  });

  it("contracts import libraries, libraries import types, periphery and examples interfaces", () =>
    assert.deepEqual(solidityFaults(contracts), []));

  const bad: [string, string, string][] = [
    ["a type that imports a library", "types/A.sol", `import { B } from "../libraries/B.sol";`],
    ["an interface that imports a contract", "interfaces/A.sol", `import { B } from "../B.sol";`],
    ["a library that imports a contract", "libraries/A.sol", `import {\n  B\n} from "../B.sol";`],
    ["a library that uses OpenZeppelin", "libraries/A.sol", `import { B } from "@openzeppelin/contracts/utils/B.sol";`],
    ["a contract that imports another", "A.sol", `import { B } from "./ChronoOracle.sol";`],
    ["a contract that imports a mock", "A.sol", `import { B } from "./mocks/B.sol";`],
    ["periphery that imports a library", "periphery/A.sol", `import { B } from "../libraries/B.sol";`],
    ["an example that imports a contract", "examples/A.sol", `import { B } from "../ChronoOracle.sol";`],
    ["an import of every name", "A.sol", `import "./libraries/B.sol";`],
    ["an import under a name", "A.sol", `import * as B from "./libraries/B.sol";`],
    ["test code", "A.sol", `import { Test } from "forge-std/Test.sol";`],
    ["a folder that no rule knows", "misc/A.sol", `import { B } from "../types/B.sol";`],
  ];
  for (const [name, path, text] of bad) it(`finds ${name}`, () => assert.equal(faultsOf(path, text).length, 1));

  it("lets pass what is allowed, and comments", () => {
    const text = `// import { X } from "./mocks/X.sol";
      /* import "./Y.sol"; */ import { B } from "./libraries/B.sol"; import { C, D as E } from "./types/C.sol";
      import { F } from "@openzeppelin/contracts/access/F.sol";`;
    assert.deepEqual(faultsOf("A.sol", text), []);
    assert.deepEqual(faultsOf("examples/A.sol", `import { ChronoLedger } from "../ChronoLedger.sol";`), []);
  });
});
