import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Of the contract as the project's first document printed it, trailing spaces included. */
const PRINTED_SHA256 = "71e78cd8df61aff9d165ed650b716a0a7ca8b2d9f7a7a65ed2fe856eaf18a967";

describe("the example of the library", () => {
  it("stands as it was printed, with nothing but licence, pragma and import before it", () => {
    const source = readFileSync(join(import.meta.dirname, "../../../contracts/examples/PrecisionAuction.sol"), "utf8");
    const start = source.indexOf("contract PrecisionAuction");
    assert.equal(createHash("sha256").update(source.slice(start)).digest("hex"), PRINTED_SHA256);
    const before = source
      .slice(0, start)
      .split("\n")
      .filter((line) => line !== "");
    assert.deepEqual(
      before.map((line) => line.split(" ")[0]),
      ["//", "pragma", "import"],
    );
  });
});
