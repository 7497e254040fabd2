import assert from "node:assert/strict";
import { TestOrder } from "./test-order.ts";

describe("the order of test files", () => {
  const order = () => new TestOrder({ slow: 10, quick: 1, middling: 2 });

  it("begins with the quickest as long as nothing is known", () =>
    assert.deepEqual(order().of("A.sol"), ["quick", "middling", "slow"]));

  it("learns for each source which one finds its mutants", () => {
    const learned = order();
    for (let round = 0; round < 30; round++) learned.learn("A.sol", ["quick", "slow", "middling"], "slow");
    assert.equal(learned.of("A.sol")[0], "middling", "not tried: it may be as good");
    for (let round = 0; round < 30; round++) learned.learn("A.sol", ["middling", "quick", "slow"], "slow");
    assert.equal(learned.of("A.sol")[0], "slow");
    assert.equal(learned.of("B.sol")[0], "quick");
  });
});
