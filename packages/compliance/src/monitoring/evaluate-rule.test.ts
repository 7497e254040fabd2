import assert from "node:assert/strict";
import type { ClockObservation } from "./clock-observation.ts";
import { evaluateRule } from "./evaluate-rule.ts";
import { type MonitoringEvidence, MonitoringRule, RuleState } from "./monitoring-rule.ts";

const S = 1_000_000_000n;
const T0 = 1_784_000_000n * S;
const at = (second: number) => T0 + BigInt(second) * S;
const look = (second: number, rest: Partial<ClockObservation> = {}): ClockObservation => ({
  timeUtcNs: at(second),
  node: 3,
  offsetNs: 0n,
  uncertaintyNs: 100n,
  measurementUncertaintyNs: 0n,
  state: "healthy",
  source: "GNSS",
  test: false,
  holdover: false,
  leap: "none",
  epoch: 1,
  taiMinusUtc: 37,
  keyId: null,
  configurationId: null,
  ...rest,
});
const base = { id: "r1", name: "Rule", clearAfterNs: 20n * S, node: null };
const divergence: MonitoringRule = { ...base, kind: "divergence-above", limitNs: 1_000n };
const off = (second: number, offsetNs: bigint, node = 3) => look(second, { offsetNs, node });

/** Looks one after another, each with its own new evidence; gives what every look told. */
function told(rule: MonitoringRule, looks: readonly (Partial<MonitoringEvidence> & { now: number })[]): string[] {
  let state: RuleState | undefined;
  return looks.map(({ now, ...evidence }) => {
    const full = { nowUtcNs: at(now), observations: [], stamps: [], certificatesUtcNs: [], ...evidence };
    const result = evaluateRule(rule, full, state);
    // What is kept between looks goes through a store as JSON.
    state = RuleState.decode(JSON.parse(JSON.stringify(RuleState.encode(result.next))));
    const alerts = result.alerts.map(({ kind, subject, worst }) => `${kind} ${subject} ${worst}`);
    return [result.state, ...alerts].join(", ");
  });
}
const seen = (now: number, ...observations: ClockObservation[]) => ({ now, observations });

describe("a monitoring rule", () => {
  it("raises one alert for one breach, and tells its end once", () => {
    assert.deepEqual(
      told(divergence, [
        seen(0, off(0, 1_000n)),
        seen(10, off(10, -1_001n)),
        seen(20, off(20, 5_000n)),
        seen(30, off(30, 2_000n)),
        seen(40, off(40, 0n)),
        seen(59, off(59, 0n)),
        seen(60, off(60, 0n)),
        seen(70, off(70, 0n)),
      ]),
      [
        "ok",
        "breached, raised node 3 1001",
        "breached",
        "breached",
        "breached",
        "breached",
        "ok, ended node 3 5000",
        "ok",
      ],
    );
  });

  it("does not flap with a value that hovers about the limit", () => {
    const looks = Array.from({ length: 20 }, (_, index) =>
      seen(index * 10, off(index * 10, index % 2 === 0 ? 2_000n : 0n)),
    );
    assert.equal(told(divergence, looks).filter((text) => text.includes("raised")).length, 1);
    assert.equal(told(divergence, looks).filter((text) => text.includes("ended")).length, 0);
  });

  it("raises again after an end", () => {
    const rule = { ...divergence, clearAfterNs: 0n };
    assert.deepEqual(told(rule, [seen(0, off(0, 2_000n), off(1, 0n), off(2, 3_000n))]), [
      "breached, raised node 3 2000, ended node 3 2000, raised node 3 3000",
    ]);
  });

  it("is not changed by evidence that it has seen", () => {
    const once = seen(10, off(5, 2_000n), off(10, 0n));
    assert.deepEqual(told({ ...divergence, clearAfterNs: 0n }, [once, once, once]), [
      "ok, raised node 3 2000, ended node 3 2000",
      "ok",
      "ok",
    ]);
  });

  it("keeps its nodes apart, and to the one that it names", () => {
    const looks = [seen(0, off(0, 2_000n, 1), off(0, 3_000n, 2)), seen(30, off(10, 0n, 1), off(30, 0n, 1))];
    assert.deepEqual(told(divergence, looks), [
      "breached, raised node 1 2000, raised node 2 3000",
      "breached, ended node 1 2000",
    ]);
    assert.deepEqual(told({ ...divergence, node: 1 }, looks), [
      "breached, raised node 1 2000",
      "ok, ended node 1 2000",
    ]);
  });

  it("is neither broken nor mended by a look without a measurement", () => {
    const none = (second: number) =>
      look(second, { offsetNs: null, measurementUncertaintyNs: null, uncertaintyNs: null });
    for (const rule of [divergence, { ...base, kind: "uncertainty-above", limitNs: 1n } as const])
      assert.deepEqual(told(rule, [seen(0, none(0))]), ["ok"]);
    assert.deepEqual(told(divergence, [seen(0, off(0, 2_000n)), seen(100, none(50), none(100))]), [
      "breached, raised node 3 2000",
      "breached",
    ]);
  });

  it("watches the stated uncertainty", () => {
    const rule: MonitoringRule = { ...base, kind: "uncertainty-above", limitNs: 100n };
    assert.deepEqual(told(rule, [seen(0, look(0)), seen(1, look(1, { uncertaintyNs: 101n }))]), [
      "ok",
      "breached, raised node 3 101",
    ]);
  });
});

describe("the rule of gaps", () => {
  const rule: MonitoringRule = { ...base, kind: "gap-longer-than", durationNs: 30n * S };

  it("raises while the silence lasts, and ends when looks have come again for long enough", () => {
    assert.deepEqual(
      told(rule, [
        seen(0, look(0)),
        seen(30),
        seen(31),
        seen(40),
        seen(50, look(45)),
        seen(64, look(64)),
        seen(65, look(65)),
      ]),
      [
        "ok",
        "ok",
        `breached, raised node 3 ${31n * S}`,
        "breached",
        "breached",
        "breached",
        `ok, ended node 3 ${45n * S}`,
      ],
    );
  });

  it("tells a gap that began and ended between two looks", () => {
    assert.deepEqual(told({ ...rule, clearAfterNs: 0n }, [seen(0, look(0)), seen(100, look(99))]), [
      "ok",
      `ok, raised node 3 ${99n * S}, ended node 3 ${99n * S}`,
    ]);
  });

  it("counts for a named node that never came from the first look", () => {
    assert.deepEqual(told({ ...rule, node: 5 }, [seen(0), seen(30), seen(31)]), [
      "ok",
      "ok",
      `breached, raised node 5 ${31n * S}`,
    ]);
  });

  it("takes a look without a measurement for silence", () => {
    const none = look(20, { offsetNs: null, measurementUncertaintyNs: null });
    assert.deepEqual(told(rule, [seen(0, look(0)), seen(31, none)]), ["ok", `breached, raised node 3 ${31n * S}`]);
  });
});

describe("the rule of health", () => {
  const rule: MonitoringRule = { ...base, kind: "node-not-healthy", durationNs: 30n * S };
  const sick = (second: number, state: ClockObservation["state"] = "refusing") => look(second, { state });

  it("raises when a node was unhealthy for long enough, across looks and kinds of trouble", () => {
    assert.deepEqual(told(rule, [seen(0, sick(0)), seen(29, sick(29, "slow")), seen(30, sick(30, "unreachable"))]), [
      "ok",
      "ok",
      `breached, raised node 3 ${30n * S}`,
    ]);
  });

  it("starts over with each healthy look", () => {
    assert.deepEqual(told(rule, [seen(0, sick(0)), seen(20, look(20)), seen(40, sick(40)), seen(69, sick(69))]), [
      "ok",
      "ok",
      "ok",
      "ok",
    ]);
  });

  it("ends when it was healthy for long enough", () => {
    assert.deepEqual(told(rule, [seen(40, sick(0), sick(40)), seen(50, look(50)), seen(70, look(70))]), [
      `breached, raised node 3 ${40n * S}`,
      "breached",
      `ok, ended node 3 ${40n * S}`,
    ]);
  });
});

describe("the rules of stamps, certificates and the test flag", () => {
  it("raise for a stamp outside the limit, and end in silence", () => {
    const rule: MonitoringRule = {
      id: "r",
      name: "Rule",
      clearAfterNs: 20n * S,
      kind: "stamp-outside-limit",
      limitNs: 100n,
    };
    const stamp = (second: number, uncertaintyNs: bigint) => ({
      id: `s${second}`,
      timeUtcNs: at(second),
      uncertaintyNs,
    });
    assert.deepEqual(
      told(rule, [
        { now: 10, stamps: [stamp(1, 100n)] },
        { now: 20, stamps: [stamp(11, 101n), stamp(12, 100n)] },
        { now: 31 },
        { now: 32 },
        { now: 99, stamps: [stamp(11, 101n)] },
      ]),
      ["ok", "breached, raised stamps 101", "breached", "ok, ended stamps 101", "ok"],
    );
  });

  it("raise for too few certificates in the window, and call the fewest the worst", () => {
    const rule: MonitoringRule = {
      id: "r",
      name: "Rule",
      clearAfterNs: 0n,
      kind: "certificate-rate-below",
      perMinute: 4,
      windowNs: 60n * S,
    };
    const certificates = (...seconds: number[]) => seconds.map(at);
    assert.deepEqual(
      told(rule, [
        { now: 60, certificatesUtcNs: certificates(1, 20, 40, 60) },
        { now: 61, certificatesUtcNs: certificates(1, 20, 40, 60, 62) },
        { now: 80, certificatesUtcNs: certificates(20, 40, 60) },
        { now: 90, certificatesUtcNs: certificates(40, 60, 70, 80, 90) },
      ]),
      ["ok", "breached, raised certificates 3", "breached", "ok, ended certificates 2"],
    );
  });

  it("raise when the test flag is seen, and end when it is gone", () => {
    const rule: MonitoringRule = { ...base, kind: "test-flag-seen" };
    assert.deepEqual(told(rule, [seen(0, look(0)), seen(1, look(1, { test: true })), seen(30, look(2), look(22))]), [
      "ok",
      "breached, raised node 3 null",
      "ok, ended node 3 null",
    ]);
  });

  it("are parsed strictly", () => {
    assert.equal(
      MonitoringRule.safeParse({ ...base, clearAfterNs: "1", kind: "gap-longer-than", durationNs: "5" }).success,
      true,
    );
    for (const bad of [
      {},
      { kind: "other" },
      { ...base, clearAfterNs: "1", kind: "gap-longer-than", durationNs: "5", extra: 1 },
    ])
      assert.equal(MonitoringRule.safeParse(bad).success, false);
  });

  it("say in words what, who and since when", () => {
    const { alerts } = evaluateRule(divergence, {
      nowUtcNs: at(1),
      observations: [off(1, 2_000n)],
      stamps: [],
      certificatesUtcNs: [],
    });
    assert.equal(alerts[0]?.text, "Rule: node 3 in breach since 2026-07-14T03:33:21.000Z, worst 2000 ns");
  });
});
