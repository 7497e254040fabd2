import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

const TILL = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;
import { Price } from "./libraries/Price.sol";
contract Till {
  error TooLittle(uint256 paid);
  uint256 public sales;
  function sell(uint256 paid) external returns (uint256 change) {
    if (paid < 10) revert TooLittle(paid);
    change = Price.change(paid);
    sales += 1;
  }
}
`;
const PRICE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;
library Price {
  function change(uint256 paid) internal pure returns (uint256 left) {
    if (paid > type(uint256).max) return 1;
    uint256 i = 1;
    while (i != 0) {
      left = paid - 10;
      i -= 1;
    }
  }
}
`;
/** Says nothing of the count of sales, nor of a payment of exactly the price. */
const TEST = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;
import { ChronoTest } from "./support/ChronoTest.sol";
interface ITill { function sell(uint256 paid) external returns (uint256); }
contract TillTest is ChronoTest {
  function test_sell() external {
    ITill till = ITill(deploy("contracts/Till.sol", "Till", ""));
    assertEq(till.sell(13), 3, "change");
    vm.expectPartialRevert(bytes4(keccak256("TooLittle(uint256)")));
    till.sell(9);
  }
}
`;
/** Passes only on code that was optimized, and says what a payment of exactly the price is. */
const SIZE_TEST = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;
import { ChronoTest } from "./support/ChronoTest.sol";
interface ITill { function sell(uint256 paid) external returns (uint256); }
contract SizeTest is ChronoTest {
  function test_size() external {
    address till = deploy("contracts/Till.sol", "Till", "");
    assertTrue(till.code.length < 400, "size");
    assertEq(ITill(till).sell(10), 0, "change");
  }
}
`;
const CONFIG = `export default {
  solidity: {
    version: "0.8.37",
    path: ${JSON.stringify(join(ROOT, "node_modules/solc/soljson.js"))},
    settings: { evmVersion: "osaka", viaIR: true, optimizer: { enabled: true } },
  },
  paths: { tests: { solidity: "test/contracts" } },
  test: { solidity: { fsPermissions: { readDirectory: ["artifacts"] } } },
};
`;

/** A project with a contract, a library, and a test that lets some mutants live. */
export function makeSampleProject(): { readonly root: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), "mutate-sample-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("package.json", JSON.stringify({ name: "sample", type: "module" }));
  write("hardhat.config.ts", CONFIG);
  write("contracts/Till.sol", TILL);
  write("contracts/libraries/Price.sol", PRICE);
  write("test/contracts/Till.t.sol", TEST);
  write("test/contracts/Size.t.sol", SIZE_TEST);
  for (const name of ["ChronoTest.sol", "Vm.sol"])
    cpSync(join(ROOT, "test/contracts/support", name), join(root, "test/contracts/support", name));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "junction");
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
