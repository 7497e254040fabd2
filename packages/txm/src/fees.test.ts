import assert from "node:assert/strict";
import fc from "fast-check";
import { cancelFees, firstFees, leastReplacement, nextFees } from "./fees.ts";

const GWEI = 1_000_000_000n;
const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const current = { maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: GWEI };
const situation = { current, baseFee: GWEI, headsWaited: 2, blocksLeft: 5, cap: 500n * GWEI };

describe("fees", () => {
  it("leave room for the base fee to double", () => {
    assert.deepEqual(firstFees({ baseFee: 7n * GWEI, suggestedTip: 2n * GWEI, minTip: GWEI, cap: 500n * GWEI }), {
      maxFeePerGas: 16n * GWEI,
      maxPriorityFeePerGas: 2n * GWEI,
    });
  });

  it("never exceed the cap, the tip included", () => {
    assert.deepEqual(firstFees({ baseFee: 7n * GWEI, suggestedTip: 20n * GWEI, minTip: GWEI, cap: 10n * GWEI }), {
      maxFeePerGas: 10n * GWEI,
      maxPriorityFeePerGas: 10n * GWEI,
    });
  });

  it("wait one whole block: the first head may have been sealed before", () => {
    assert.equal(nextFees({ ...situation, headsWaited: 1 }), undefined);
    assert.notEqual(nextFees(situation), undefined);
  });

  it("wait longer between replacements when much time is left", () => {
    assert.equal(nextFees({ ...situation, blocksLeft: 120, headsWaited: 10 }), undefined);
    assert.notEqual(nextFees({ ...situation, blocksLeft: 120, headsWaited: 11 }), undefined);
  });

  it("do not wait when the base fee has left the offer behind", () => {
    assert.notEqual(nextFees({ ...situation, blocksLeft: 1_000, baseFee: 4n * GWEI }), undefined);
  });

  it("reach the cap in the last block and stop there", () => {
    let at = current;
    const offers: bigint[] = [];
    for (let blocksLeft = 12; blocksLeft >= 0; blocksLeft--) {
      const next = nextFees({ ...situation, current: at, blocksLeft, cap: 60n * GWEI });
      if (next === undefined) continue;
      offers.push(next.maxFeePerGas);
      at = next;
    }
    assert.ok(offers.length >= 8, `${offers.length} replacements`);
    assert.ok((offers.at(-1) as bigint) > 50n * GWEI && (offers.at(-1) as bigint) <= 60n * GWEI, String(offers.at(-1)));
  });

  it("always satisfy a node's rule for replacements and the cap", () => {
    const wei = fc.bigInt({ min: 1n, max: 400n * GWEI });
    fc.assert(
      fc.property(
        wei,
        wei,
        wei,
        wei,
        fc.nat(1_000),
        fc.integer({ min: 2, max: 100 }),
        (max, tip, baseFee, cap, blocksLeft, headsWaited) => {
          const offer = { maxFeePerGas: max, maxPriorityFeePerGas: lesser(tip, max) };
          const next = nextFees({ current: offer, baseFee, cap, blocksLeft, headsWaited });
          if (next === undefined) return;
          const least = leastReplacement(offer);
          assert.ok(next.maxFeePerGas >= least.maxFeePerGas && next.maxPriorityFeePerGas >= least.maxPriorityFeePerGas);
          assert.ok(next.maxFeePerGas <= cap && next.maxPriorityFeePerGas <= next.maxFeePerGas);
          assert.ok(next.maxFeePerGas * 100n >= max * 110n);
        },
      ),
    );
  });

  it("of an empty transaction replace the request's and fit the next blocks", () => {
    const fees = cancelFees(current, 10n * GWEI);
    assert.ok(fees.maxFeePerGas >= 20n * GWEI);
    assert.ok(fees.maxPriorityFeePerGas * 100n >= GWEI * 110n);
  });
});
