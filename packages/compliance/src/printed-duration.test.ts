import assert from "node:assert/strict";
import { printedLength, printedNs } from "./printed-duration.ts";

describe("printed durations", () => {
  it("are in the largest unit that fits, and never smaller than they are", () => {
    assert.deepEqual(
      [0n, 999n, 1_000n, 100_000n, 184_400n, 999_999_999n, 1_000_000n, 1_234_567n, 50_000_000n, 2_000_000_001n].map(
        printedNs,
      ),
      ["0 ns", "999 ns", "1 µs", "100 µs", "184.4 µs", "1000 ms", "1 ms", "1.235 ms", "50 ms", "2.001 s"],
    );
    assert.equal(printedNs(null), "–");
  });

  it("of length are in days, hours, minutes and seconds", () => {
    const S = 1_000_000_000n;
    assert.deepEqual([5n, S, 60n * S, 72_600n * S, 2_678_400n * S, 61n * S + 1n].map(printedLength), [
      "5 ns",
      "1 s",
      "1 min",
      "20 h 10 min",
      "31 d",
      "1 min 2 s",
    ]);
  });
});
