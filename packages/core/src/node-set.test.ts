import assert from "node:assert/strict";
import * as fc from "fast-check";
import { holds } from "../../../test/support/property.ts";
import { NODE_SETS, nodeSet, verdictOf } from "../../../test/vectors/load.ts";
import vectors from "../../../test/vectors/node-sets.json" with { type: "json" };
import { checkNodeSet, MAX_NODES, type NodeSet, quorumThreshold } from "./node-set.ts";

const anyShape = fc
  .integer({ min: 1, max: MAX_NODES })
  .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: Math.floor((n - 1) / 3) })));
const quorumOf = (n: number, k: number) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, index) => index),
    { minLength: k, maxLength: k },
  );

describe("node set", () => {
  it("the threshold is the vectors' for every n and f", () => {
    for (const { n, f, k } of vectors.thresholds) assert.equal(quorumThreshold(n, f), k, `n ${n}, f ${f}`);
    assert.equal(vectors.thresholds.length, 187);
    for (const set of vectors.sets) assert.equal(quorumThreshold(set.n, set.f), set.k);
  });

  it("with n = 3f + 1 it is 2f + 1", () => {
    for (let f = 0; f <= 10; f++) assert.equal(quorumThreshold(3 * f + 1, f), 2 * f + 1);
  });

  it("two quorums share at least f + 1 nodes, and the honest ones alone can make one", () => {
    holds(
      fc.property(
        anyShape.chain(([n, f]) => {
          const k = quorumThreshold(n, f);
          return fc.tuple(fc.constant({ n, f, k }), quorumOf(n, k), quorumOf(n, k));
        }),
        ([{ n, f, k }, a, b]) => {
          assert.ok(a.filter((node) => b.includes(node)).length >= f + 1);
          assert.ok(k <= n - f);
        },
      ),
    );
  });

  it("the threshold is tight: with one signer fewer, two quorums may share only f", () => {
    for (const { n, f, k } of vectors.thresholds) assert.ok(2 * (k - 1) - n <= f);
  });

  for (const [n, f] of [
    [0, 0],
    [3, 1],
    [33, 0],
    [33, 10],
    [6, 2],
    [4, -1],
    [4.5, 1],
    [4, 0.5],
    [Number.NaN, 0],
    [4, Number.NaN],
  ] as const)
    it(`refuses n ${n}, f ${f}`, () =>
      assert.equal(
        verdictOf(() => quorumThreshold(n, f)),
        "node-set/invalid",
      ));

  it("accepts the vectors' sets", () => {
    assert.equal(NODE_SETS.length, 8);
    for (const set of NODE_SETS) checkNodeSet(set);
  });

  const set = nodeSet(0);
  const [one = new Uint8Array(64), ...others] = set.keys;
  const offCurve = one.slice();
  offCurve[63] = (offCurve[63] ?? 0) ^ 1;
  const policy = set.policy;
  const wrong: [string, Partial<NodeSet>][] = [
    ["a key off the curve", { keys: [offCurve, ...others] }],
    ["a key of 65 bytes", { keys: [Uint8Array.of(4, ...one), ...others] }],
    ["a key twice", { keys: [...others, others[0] ?? one] }],
    ["too few nodes for f", { keys: others, evidence: set.evidence.slice(1) }],
    ["no node", { keys: [], evidence: [] }],
    ["evidence missing", { evidence: set.evidence.slice(1) }],
    ["evidence of 31 bytes", { evidence: [new Uint8Array(31), ...set.evidence.slice(1)] }],
    ["an empty validity", { validUntil: set.validFrom as never }],
    ["a reversed validity", { validUntil: (set.validFrom - 1n) as never }],
    ["a validity above uint64", { validUntil: (2n ** 64n) as never }],
    ["a negative validity", { validFrom: -1n as never }],
    ["a network id above uint32", { networkId: 2 ** 32 }],
    ["an epoch with a fraction", { epoch: 1.5 }],
    ["a negative policy id", { policy: { ...policy, policyId: -1 } }],
    ["a negative uncertainty", { policy: { ...policy, maxUncertainty: -1n as never } }],
    ["an uncertainty above uint64", { policy: { ...policy, maxUncertainty: (2n ** 64n) as never } }],
    ["a negative lead", { policy: { ...policy, maxLead: -1n as never } }],
  ];
  for (const [name, change] of wrong)
    it(`refuses ${name}`, () =>
      assert.equal(
        verdictOf(() => checkNodeSet({ ...set, ...change })),
        "node-set/invalid",
      ));
});
