import assert from "node:assert/strict";
import {
  concatBytes,
  durationNs,
  encodeLeaf,
  type Leaf,
  MAX_BLOCK_LEAVES,
  type NodeSet,
  NS_PER_MS,
  taiNs,
} from "@chronoledger/core";
import { parseLeafBlock } from "./leaf-block.ts";

const NOW = taiNs(1_800_000_000_000_000_000n);
const policy: NodeSet["policy"] = {
  policyId: 3,
  maxUncertainty: durationNs(NS_PER_MS),
  maxLead: durationNs(1_000n * NS_PER_MS),
  allowTest: true,
};
const leaf = (change: Partial<Leaf> = {}): Uint8Array =>
  encodeLeaf({
    ...{ time: NOW, uncertainty: durationNs(1n), serial: 1n, policyId: 3, flags: 8 },
    ...{ imprint: new Uint8Array(32).fill(1), context: new Uint8Array(32) },
    ...change,
  });
const parse = (...leaves: Uint8Array[]) => parseLeafBlock(concatBytes(...leaves), NOW, policy);
const refused = (code: string, details: object = {}) => ({ code, details });

describe("body of POST /v1/leaves", () => {
  it("tells how many leaves there are and which reading is the latest", () => {
    const early = leaf({ time: taiNs(NOW - 5n), flags: 15 });
    const { count, latest, leaves } = parse(early, leaf(), early);
    assert.deepEqual([count, latest], [3, NOW]);
    assert.deepEqual(leaves, concatBytes(early, leaf(), early));
    assert.equal(parse(early).latest, NOW - 5n);
  });

  it("takes leaves out of a larger buffer", () => {
    const body = Buffer.from(concatBytes(leaf(), leaf(), leaf())).subarray(96, 192);
    assert.equal(parseLeafBlock(body, NOW, policy).count, 1);
  });

  it("is refused when it is no bytes, empty, or not whole leaves", () => {
    for (const body of [undefined, null, {}, "x".repeat(96)])
      assert.throws(() => parseLeafBlock(body, NOW, policy), { code: "input/malformed" });
    const need = "a multiple of 96, not 0";
    for (const bytes of [0, 1, 95, 97, 191])
      assert.throws(
        () => parseLeafBlock(new Uint8Array(bytes), NOW, policy),
        refused("input/malformed", { bytes, need }),
      );
  });

  it("is refused with more than 65,536 leaves", () => {
    const most = new Uint8Array(96 * (MAX_BLOCK_LEAVES + 1));
    for (let at = 0; at < most.length; at += 96) most.set(leaf(), at);
    assert.equal(parseLeafBlock(most.subarray(96), NOW, policy).count, 65_536);
    assert.throws(() => parseLeafBlock(most, NOW, policy), { code: "input/too-large" });
  });

  it("is refused for one leaf with a reserved flag or of another policy, which it names", () => {
    for (const flags of [16, 0x8000_0000, 0xffff_ffff])
      assert.throws(
        () => parse(leaf(), leaf({ flags })),
        refused("proof/malformed", { leaf: 1, flags, reserved: "all but four bits" }),
      );
    assert.throws(
      () => parse(leaf(), leaf(), leaf({ policyId: 4 })),
      refused("statement/policy", { leaf: 2, policyId: 4, need: 3 }),
    );
  });

  it("is refused when a leaf lies further ahead than an instant may be appointed, and not before", () => {
    const furthest = taiNs(NOW + policy.maxLead);
    assert.equal(parse(leaf(), leaf({ time: furthest })).latest, furthest);
    assert.throws(() => parse(leaf(), leaf({ time: taiNs(furthest + 1n) })), {
      code: "proof/leaf-after-certificate",
      details: { leaf: 1, timeTaiNs: String(furthest + 1n), latest: String(furthest) },
    });
    assert.throws(() => parse(leaf({ time: taiNs(2n ** 64n - 1n) })), { code: "proof/leaf-after-certificate" });
  });
});
