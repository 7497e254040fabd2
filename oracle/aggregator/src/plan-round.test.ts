import assert from "node:assert/strict";
import {
  anchorDigest,
  decodeStatement,
  FLAG,
  KIND,
  type NodeInfo,
  NS_PER_MS,
  type TaiNs,
  ZERO_HASH,
} from "@chronoledger/core";
import { newQuorum } from "../../../test/support/quorum.ts";
import { floorTime, planRound, type RoundFacts } from "./plan-round.ts";

const NOW = 1_795_000_000_000_000_000n as TaiNs;
const { set } = newQuorum({ n: 4 });
const at = (offset: bigint): TaiNs => (NOW + offset) as TaiNs;

const info = (index: number, change: Partial<NodeInfo> = {}): NodeInfo => ({
  networkId: set.networkId,
  epoch: set.epoch,
  policyId: set.policy.policyId,
  index,
  key: set.keys[index] as Uint8Array,
  test: true,
  flags: FLAG.test,
  anchor: new Uint8Array(32).fill(index),
  reading: { timeTaiNs: NOW, uncertaintyNs: NS_PER_MS * BigInt(index + 1), taiMinusUtc: 37 },
  sources: [],
  lastCosigned: { sequence: 20n, timeTaiNs: at(-100n) },
  lastCertificate: null,
  ...change,
});
const cosigned = (sequence: bigint, time: bigint) => ({ lastCosigned: { sequence, timeTaiNs: time } });
const facts = (
  change: Partial<RoundFacts> = {},
  infos: Record<number, Partial<NodeInfo> | undefined> = {},
): RoundFacts => ({
  set,
  infos: [0, 1, 2, 3].map((i) => (i in infos && infos[i] === undefined ? undefined : info(i, infos[i]))),
  latest: undefined,
  attempted: { sequence: 0n, time: 0n },
  now: NOW,
  ...change,
});
const plan = (given: RoundFacts) => planRound(given, at(NS_PER_MS)).fields;

describe("the statement of a round", () => {
  it("is whole: what it says is what the nodes said", () => {
    const { request, fields } = planRound(facts(), at(NS_PER_MS));
    assert.deepEqual(decodeStatement(request.statement), fields);
    assert.equal(fields.kind, KIND.quorum);
    assert.deepEqual(
      [fields.sequence, fields.previousTime, fields.taiMinusUtc, fields.flags],
      [21n, at(-100n), 37, FLAG.test],
    );
    assert.deepEqual(fields.anchor, anchorDigest(request.anchors));
    assert.deepEqual([fields.link, request.lastCertificate], [ZERO_HASH, null]);
  });

  it("states an uncertainty that n - f nodes can sign, not that of the worst", () => {
    const { uncertainty } = plan(
      facts({}, { 3: { reading: { timeTaiNs: NOW, uncertaintyNs: 900n * NS_PER_MS, taiMinusUtc: 37 } } }),
    );
    assert.ok(uncertainty >= 3n * NS_PER_MS && uncertainty < 4n * NS_PER_MS);
  });

  it("never states more than the policy", () => {
    const wide = { reading: { timeTaiNs: NOW, uncertaintyNs: set.policy.maxUncertainty, taiMinusUtc: 37 } };
    assert.equal(plan(facts({}, { 0: wide, 1: wide, 2: wide, 3: wide })).uncertainty, set.policy.maxUncertainty);
  });

  it("lies above everything co-signed by anybody, also in rounds that failed", () => {
    const fields = plan(facts({}, { 1: cosigned(25n, at(-7n)) }));
    assert.deepEqual([fields.sequence, fields.previousTime], [26n, at(-7n)]);
  });

  it("lies above what it asked for itself", () => {
    const fields = plan(facts({ attempted: { sequence: 30n, time: at(-5n) } }));
    assert.deepEqual([fields.sequence, fields.previousTime], [31n, at(-5n)]);
  });

  it("does not let one liar use up sequences or time", () => {
    const liar = cosigned((1n << 63n) - 1n, at(set.policy.maxLead + 1n));
    const fields = plan(facts({}, { 2: liar }));
    assert.deepEqual([fields.sequence, fields.previousTime], [21n, at(-100n)]);
  });

  it("believes a far sequence that more than f nodes name", () => {
    const far = cosigned(50_000n, at(-100n));
    assert.equal(plan(facts({}, { 1: far, 2: far })).sequence, 50_001n);
  });

  it("does not let one liar put certificates off by a claim about the future", () => {
    assert.equal(floorTime(facts({}, { 2: cosigned(20n, at(21n * NS_PER_MS)) })), at(-100n));
    assert.equal(floorTime(facts({}, { 2: cosigned(20n, at(20n * NS_PER_MS)) })), at(20n * NS_PER_MS));
  });

  it("believes an instant ahead that more than f nodes name: then its own clock is behind", () => {
    const ahead = cosigned(20n, at(900n * NS_PER_MS));
    assert.equal(floorTime(facts({}, { 0: ahead, 2: ahead })), at(900n * NS_PER_MS));
  });

  it("carries the leap second that most announce", () => {
    const leap = { flags: FLAG.test | FLAG.leapInsertion };
    assert.equal(plan(facts({}, { 1: leap, 2: leap, 3: leap })).flags, FLAG.test | FLAG.leapInsertion);
    assert.equal(plan(facts({}, { 0: { flags: FLAG.test | FLAG.leapDeletion } })).flags, FLAG.test);
  });

  it("carries a flag only when without it no quorum would sign", () => {
    const holdover = { flags: FLAG.test | FLAG.holdover };
    assert.equal(plan(facts({}, { 0: holdover })).flags, FLAG.test, "three others sign without it");
    assert.equal(plan(facts({}, { 0: holdover, 1: holdover })).flags, FLAG.test | FLAG.holdover);
    const rooted = { flags: 0 };
    assert.equal(plan(facts({}, { 1: rooted, 2: rooted, 3: rooted })).flags, 0);
  });

  it("follows the TAI offset of the most", () => {
    const wrong = { reading: { timeTaiNs: NOW, uncertaintyNs: NS_PER_MS, taiMinusUtc: 99 } };
    assert.equal(plan(facts({}, { 0: wrong })).taiMinusUtc, 37);
  });

  it("is not made while fewer than k nodes state a time", () => {
    assert.throws(() => plan(facts({}, { 0: undefined, 1: { reading: null } })), { code: "round/failed" });
  });

  it("is not made for an instant that was certified past", () => {
    assert.throws(() => planRound(facts(), at(-100n)), { code: "round/failed" });
    assert.equal(floorTime(facts()), at(-100n));
  });
});
