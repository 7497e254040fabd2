import assert from "node:assert/strict";
import { ChronoError, FLAG, type NodeInfo, NS_PER_S, type UnixNs, ZERO_HASH } from "@chronoledger/core";
import { createLogger, FakeClock } from "@chronoledger/service";
import { newQuorum } from "../../../../test/support/quorum.ts";
import { until } from "../../../../test/support/until.ts";
import { type RunningArrivalClock, startArrivalClock } from "./arrival-clock.ts";
import { FRESH_NS } from "./arrival-interval.ts";

const START = 1_800_000_000_000_000_000n;
const TAI = 37n * NS_PER_S;
const quorum = newQuorum({ n: 4 });

describe("the arrival clock", () => {
  const clock = new FakeClock(START as UnixNs);
  /** What each node says on top of the truth; null: it states no time; an error: it does not answer. */
  let says: (Partial<NodeInfo> & { offset?: bigint; uncertainty?: bigint })[];
  let dead: Set<number>;
  let mute: Set<number>;
  let asked: number[];
  let arrival: RunningArrivalClock;

  const info = (index: number): NodeInfo => {
    const { offset = 0n, uncertainty = 1_000n, ...more } = says[index] ?? {};
    return {
      networkId: quorum.set.networkId,
      epoch: quorum.set.epoch,
      policyId: quorum.set.policy.policyId,
      index,
      key: quorum.set.keys[index] as Uint8Array,
      test: false,
      flags: 0,
      anchor: ZERO_HASH,
      reading: mute.has(index)
        ? null
        : { timeTaiNs: clock.utcNow() + TAI + offset, uncertaintyNs: uncertainty, taiMinusUtc: 37 },
      sources: [{ name: "gps", health: "synchronised", detail: "" }],
      lastCosigned: { sequence: 0n, timeTaiNs: 0n },
      lastCertificate: null,
      ...more,
    };
  };
  const start = (allowTest = false) => {
    const { set } = quorum;
    arrival = startArrivalClock({
      set: { ...set, policy: { ...set.policy, allowTest } },
      clock,
      log: createLogger("test", { write: () => undefined }),
      everyMs: 1,
      ask: async (node) => {
        asked[node] = (asked[node] ?? 0) + 1;
        if (dead.has(node)) throw new ChronoError("process/failed", { node });
        return info(node);
      },
    });
  };
  /** Every node has been asked twice more: what changed is known. */
  const lookedAgain = async () => {
    const before = [...asked];
    await until("every node was asked again", () => [0, 1, 2, 3].every((i) => (asked[i] ?? 0) >= (before[i] ?? 0) + 2));
  };
  const offsetNow = () => {
    const now = arrival.now();
    return now === undefined ? undefined : now.time - (clock.utcNow() + TAI);
  };

  beforeEach(() => {
    [says, dead, mute, asked] = [[{}, {}, {}, {}], new Set(), new Set(), [0, 0, 0, 0]];
    start();
  });
  afterEach(() => arrival.stop());

  it("tells the time that the nodes agree on, and carries it on", async () => {
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
    clock.advance(1_000_000n);
    const now = arrival.now();
    assert.ok(now !== undefined && now.uncertainty >= 1_000n && now.uncertainty <= 1_200n, String(now?.uncertainty));
    assert.deepEqual([offsetNow(), now.taiMinusUtc, now.test], [0n, 37, false]);
  });

  it("does not believe one liar, and is silent when two contradict the rest", async () => {
    says[2] = { offset: 3_600n * NS_PER_S };
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
    says[3] = { offset: 7_200n * NS_PER_S };
    clock.advance(FRESH_NS);
    await lookedAgain();
    assert.equal(arrival.now(), undefined);
  });

  it("needs 2f + 1 nodes: goes on with one dead, stops when a second one is, once its last look is stale", async () => {
    dead.add(0);
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
    dead.add(1);
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
    clock.advance(FRESH_NS);
    assert.equal(arrival.now(), undefined);
    dead.clear();
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
  });

  it("takes a node that states no time any more at its word, at once", async () => {
    await lookedAgain();
    mute.add(0).add(1);
    await lookedAgain();
    assert.equal(arrival.now(), undefined);
  });

  it("counts no node of another identity, network or epoch, nor one that is less certain than the policy allows", async () => {
    says[0] = { epoch: 9 };
    says[1] = { uncertainty: quorum.set.policy.maxUncertainty + 1n };
    await lookedAgain();
    assert.equal(arrival.now(), undefined);
    says[1] = { key: quorum.set.keys[0] as Uint8Array };
    await lookedAgain();
    assert.equal(arrival.now(), undefined);
    says[1] = {};
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
  });

  it("never gives an earlier edge than before, though the nodes become surer", async () => {
    for (const one of says) Object.assign(one, { offset: 900n, uncertainty: 1_000_000n });
    await lookedAgain();
    const wide = arrival.now();
    for (const one of says) Object.assign(one, { offset: 0n, uncertainty: 10n });
    await lookedAgain();
    const narrow = arrival.now();
    assert.ok(wide !== undefined && narrow !== undefined);
    assert.ok(narrow.time + narrow.uncertainty >= wide.time + wide.uncertainty);
    assert.ok(narrow.time - narrow.uncertainty >= wide.time - wide.uncertainty);
  });

  it("begins anew when the nodes take back what they said", async () => {
    for (const one of says) one.offset = 10n * NS_PER_S;
    clock.advance(FRESH_NS);
    await lookedAgain();
    assert.equal(offsetNow(), 10n * NS_PER_S);
    for (const one of says) one.offset = 0n;
    clock.advance(FRESH_NS);
    await lookedAgain();
    assert.equal(offsetNow(), 0n);
  });

  it("has the test flag when one node has it, or when the set allows it", async () => {
    says[3] = { flags: FLAG.test };
    await lookedAgain();
    assert.equal(arrival.now()?.test, true);
    await arrival.stop();
    says[3] = {};
    start(true);
    await lookedAgain();
    assert.equal(arrival.now()?.test, true);
  });

  it("reports the newest look at each node", async () => {
    says[1] = { offset: 500n, flags: FLAG.holdover | FLAG.leapInsertion };
    dead.add(2);
    mute.add(3);
    await lookedAgain();
    dead.clear();
    says[2] = {};
    await lookedAgain();
    dead.add(2);
    await lookedAgain();
    const [one, two, three, four] = arrival.observations();
    assert.deepEqual(
      [one?.state, two?.state, three?.state, four?.state],
      ["healthy", "healthy", "unreachable", "refusing"],
    );
    assert.equal((two?.offset ?? 0n) - (one?.offset ?? 0n), 500n);
    assert.deepEqual([two?.holdover, two?.leap, two?.source, two?.taiMinusUtc], [true, "insert", "gps", 37]);
    assert.deepEqual([three?.offset, three?.uncertainty, four?.offset], [null, null, null]);
    assert.equal(one?.timeUtc, clock.utcNow());
  });
});
