import assert from "node:assert/strict";
import * as sdk from "./index.ts";

describe("exports of @chronoledger/sdk", () => {
  it("are exactly these: a name is added or taken away on purpose", () =>
    assert.deepEqual(Object.keys(sdk).toSorted(), [
      "ChronoError",
      "ChronoLedgerClient",
      "DEFAULT_URL",
      "HardwareProof",
      "TemporalProof",
      "canonicalText",
      "eventHash",
      "isChronoError",
      "openAccount",
      "parseNodeSet",
      "verifyProof",
    ]));
});
