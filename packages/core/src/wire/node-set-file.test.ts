import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { NODE_SETS, nodeSet, verdictOf } from "../../../../test/vectors/load.ts";
import { nodeSetToJson, parseNodeSet } from "./node-set-file.ts";

const json = nodeSetToJson(nodeSet(0));

describe("node set as JSON", () => {
  it("every set comes back through text", () => {
    for (const set of NODE_SETS) assert.deepEqual(parseNodeSet(JSON.parse(JSON.stringify(nodeSetToJson(set)))), set);
    assert.equal(NODE_SETS.length, 8);
  });

  it("has the members that the protocol names", () => {
    assert.deepEqual(Object.keys(json).toSorted(), [
      "epoch",
      "evidence",
      "f",
      "keys",
      "networkId",
      "policy",
      "validFromTaiNs",
      "validUntilTaiNs",
    ]);
    assert.deepEqual(Object.keys(json.policy).toSorted(), ["allowTest", "maxLeadNs", "maxUncertaintyNs", "policyId"]);
    assert.equal(json.validFromTaiNs, "1767225637000000000");
  });

  const malformed: [string, object][] = [
    ["an unknown member", { more: 1 }],
    ["an unknown member of the policy", { policy: { ...json.policy, more: 1 } }],
    ["a time as a number", { validFromTaiNs: 5 }],
    ["a time above uint64", { validUntilTaiNs: "18446744073709551616" }],
    ["a key of 63 bytes", { keys: ["A".repeat(84), ...json.keys.slice(1)] }],
    ["no keys", { keys: [] }],
    ["33 keys", { keys: Array.from({ length: 33 }, () => json.keys[0]) }],
    ["allowTest as text", { policy: { ...json.policy, allowTest: "true" } }],
    ["no policy", { policy: undefined }],
    ["a negative f", { f: -1 }],
  ];
  for (const [name, change] of malformed)
    it(`refuses ${name}`, () =>
      assert.equal(
        verdictOf(() => parseNodeSet({ ...json, ...change })),
        "input/malformed",
      ));

  const invalid: [string, object][] = [
    ["a key twice", { keys: [json.keys[1], ...json.keys.slice(1)] }],
    ["a key off the curve", { keys: ["A".repeat(86), ...json.keys.slice(1)] }],
    ["f too large", { f: 2 }],
    ["a validity that ends before it begins", { validUntilTaiNs: "1" }],
    ["evidence of another count", { evidence: json.evidence.slice(1) }],
  ];
  for (const [name, change] of invalid)
    it(`refuses ${name} by the rules of sets`, () =>
      assert.equal(
        verdictOf(() => parseNodeSet({ ...json, ...change })),
        "node-set/invalid",
      ));

  it("no JSON makes it throw anything but a named error", () => {
    holds(
      fc.property(fc.jsonValue(), (value) =>
        assert.equal(
          verdictOf(() => parseNodeSet(value)),
          "input/malformed",
        ),
      ),
    );
    assert.equal(
      verdictOf(() => parseNodeSet(undefined)),
      "input/malformed",
    );
  });
});
