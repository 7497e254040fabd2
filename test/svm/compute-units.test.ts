import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withUnits } from "../../tools/program/document.ts";
import { committedUnits, DOCUMENT, measureUnits, UNITS_FILE } from "../bench/compute-units.ts";

describe("the compute units of the Solana program", () => {
  it("are the committed ones", async () => {
    assert.deepEqual(await measureUnits(), committedUnits(), `${UNITS_FILE}: npm run bench -- compute-units --write`);
  });

  it("stand in the document", () => {
    const text = readFileSync(join(import.meta.dirname, "..", "..", DOCUMENT), "utf8");
    assert.equal(text, withUnits(text, committedUnits()));
    assert.match(text, /`submit_v0`, 5 signers \| [\d,]+ \|/);
  });

  it("are at least five times below a check of each signature in the program, at k = 5", () => {
    assert.ok((committedUnits().submit5 ?? Number.POSITIVE_INFINITY) * 5 <= 5 * 25_000);
  });
});
