import assert from "node:assert/strict";
import { committedUnits, measureUnits, UNITS_FILE } from "../bench/compute-units.ts";

describe("the compute units of the Solana program", () => {
  it("are the committed ones", async () => {
    assert.deepEqual(await measureUnits(), committedUnits(), `${UNITS_FILE}: npm run bench -- compute-units --write`);
  });

  it("are at least five times below a check of each signature in the program, at k = 5", () => {
    assert.ok((committedUnits().submit5 ?? Number.POSITIVE_INFINITY) * 5 <= 5 * 25_000);
  });
});
