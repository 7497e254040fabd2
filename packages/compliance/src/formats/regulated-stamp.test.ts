import assert from "node:assert/strict";
import { unixNs } from "@chronoledger/core";
import type { ActivityClass } from "../regimes/clock-rule.ts";
import { CLOCK_RULES, ruleInForce, rulesInForce } from "../regimes/rules-in-force.ts";
import { parseIso8601 } from "./iso8601-time.ts";
import { catStamp, mifidStamp, sftrStamp } from "./regulated-stamp.ts";
import { RegulatedStamp, type StampInput } from "./stamp-types.ts";

const S = 1_000_000_000n;
const tai = (iso: string) => parseIso8601(iso).timeUtcNs + 37n * S;
const good: StampInput = {
  timeTaiNs: tai("2026-07-15T13:30:00.123456789Z"),
  uncertaintyNs: 1_000n,
  taiMinusUtc: 37,
  leap: "none",
  test: false,
  existedBeforeTaiNs: tai("2026-07-15T13:30:01Z"),
  precisionNs: 1n,
};
const MS = 1_000_000n;

/** Class, EU limit, EU granularity, UK granularity (null: no such class there). */
const TABLE: readonly (readonly [ActivityClass, bigint, bigint, bigint | null, string])[] = [
  ["venue-slow", MS, MS, MS, "123"],
  ["venue-fast", 100_000n, 100n, 1_000n, "1234567"],
  ["si-slow", MS, MS, null, "123"],
  ["si-fast", 100_000n, 100n, null, "1234567"],
  ["hft", 100_000n, 100n, 1_000n, "1234567"],
  ["voice", S, S, S, ""],
  ["other", MS, MS, MS, "123"],
  ["dpe", MS, MS, null, "123"],
  ["apa", MS, MS, null, "123"],
  ["ctp", MS, MS, null, "123"],
];

describe("MiFID II stamps", () => {
  for (const [activity, limit, eu, uk, digits] of TABLE) {
    const name = activity as Parameters<typeof mifidStamp>[1];
    it(`of ${activity} have the limit, granularity and digits of the act`, () => {
      const stamp = mifidStamp(good, name, "EU");
      assert.equal(stamp.value, `2026-07-15T13:30:00${digits && "."}${digits}Z`);
      assert.deepEqual([stamp.divergenceLimitNs, stamp.requiredGranularityNs, stamp.granularityNs], [limit, eu, eu]);
      assert.deepEqual([stamp.compliant, stamp.withinLimit, stamp.reasons], [true, true, []]);
      assert.match(stamp.citation.act, /2025\/1155/);
      if (uk === null) assert.throws(() => mifidStamp(good, name, "UK"), /input\/not-found/);
      else assert.equal(mifidStamp(good, name, "UK").requiredGranularityNs, uk);
    });

    it(`of ${activity} are within the limit up to the limit itself`, () => {
      assert.equal(mifidStamp({ ...good, uncertaintyNs: limit }, name, "EU").withinLimit, true);
      const beyond = mifidStamp({ ...good, uncertaintyNs: limit + 1n }, name, "EU");
      assert.equal(beyond.withinLimit, false);
      assert.deepEqual(
        beyond.reasons.map(({ code }) => code),
        ["uncertainty-beyond-limit"],
      );
    });
  }

  it("follow the act in force when the event happened: 1 us before 2 March 2026, 0.1 us from then on", () => {
    const before = { ...good, timeTaiNs: tai("2026-03-01T23:59:59.999999999Z") };
    const after = { ...good, timeTaiNs: tai("2026-03-02T00:00:00Z") };
    assert.equal(mifidStamp(before, "hft", "EU").value, "2026-03-01T23:59:59.999999Z");
    assert.match(mifidStamp(before, "hft", "EU").citation.act, /2017\/574/);
    assert.equal(mifidStamp(after, "hft", "EU").value, "2026-03-02T00:00:00.0000000Z");
    assert.equal(mifidStamp(after, "hft", "UK").value, "2026-03-02T00:00:00.000000Z");
    assert.throws(() => mifidStamp(before, "dpe", "EU"), /input\/not-found/);
    assert.throws(() => mifidStamp({ ...good, timeTaiNs: tai("2018-01-02T23:59:59Z") }, "hft", "EU"), /not-found/);
  });

  it("say each reason why they are not compliant", () => {
    const stamp = mifidStamp(
      { ...good, test: true, uncertaintyNs: 2n * MS, precisionNs: MS, existedBeforeTaiNs: null },
      "hft",
      "EU",
    );
    assert.equal(stamp.compliant, false);
    assert.deepEqual(
      stamp.reasons.map(({ code }) => code),
      ["test-flag", "uncertainty-beyond-limit", "granularity-too-coarse", "no-certificate-yet"],
    );
    assert.equal(stamp.value, "2026-07-15T13:30:00.123Z");
    assert.equal(stamp.granularityNs, MS);
    assert.equal(stamp.valueUncertaintyNs, 2n * MS + 456_789n);
    assert.equal(stamp.existedBeforeUtcNs, null);
  });

  it("of a microsecond tier fill the old act and not the new one", () => {
    const input = { ...good, precisionNs: 1_000n };
    assert.equal(mifidStamp(input, "hft", "UK").compliant, true);
    assert.equal(mifidStamp(input, "hft", "EU").compliant, false);
  });

  it("are refused in an announced leap second", () => {
    assert.throws(
      () => mifidStamp({ ...good, timeTaiNs: tai("2027-01-01T00:00:00.5Z"), leap: "insertion" }, "other", "EU"),
      /leap second/,
    );
  });

  it("cross the wire and come back the same", () => {
    const stamp = mifidStamp(good, "hft", "EU");
    const text = JSON.stringify(RegulatedStamp.encode(stamp));
    assert.deepEqual(RegulatedStamp.decode(JSON.parse(text)), stamp);
    assert.match(text, /"timeUtcNs":"1784122200123456789"/);
  });
});

describe("CAT, SFTR and EMIR stamps", () => {
  for (const [activity, limit] of [
    ["cat-industry-member", 50n * MS],
    ["cat-manual", S],
    ["cat-participant", 100_000n],
  ] as const)
    it(`of ${activity} keep its limit`, () => {
      assert.deepEqual(
        [limit, limit + 1n].map((u) => catStamp({ ...good, uncertaintyNs: u }, activity).compliant),
        [true, false],
      );
    });

  it("print Eastern time as finely as the tier gives it", () => {
    assert.equal(catStamp(good, "cat-industry-member").value, "20260715 093000.123456789");
    const coarse = catStamp({ ...good, precisionNs: MS }, "cat-industry-member");
    assert.deepEqual([coarse.value, coarse.compliant], ["20260715 093000.123", true]);
  });

  it("of SFTR and EMIR are whole seconds, have no divergence limit, and the test flag still counts", () => {
    const stamp = sftrStamp(good);
    assert.deepEqual(
      [stamp.value, stamp.withinLimit, stamp.divergenceLimitNs, stamp.compliant, stamp.regime],
      ["2026-07-15T13:30:00Z", null, null, true, "sftr"],
    );
    assert.equal(sftrStamp(good, "emir").regime, "emir");
    assert.equal(sftrStamp({ ...good, test: true }).compliant, false);
  });
});

describe("clock rules", () => {
  it("never overlap: one class has one rule at a time", () => {
    for (const rule of CLOCK_RULES)
      for (const edge of [rule.validFromUtcNs, rule.validUntilUtcNs ?? rule.validFromUtcNs + 1n])
        assert.ok(
          CLOCK_RULES.filter(
            (other) =>
              other.regime === rule.regime &&
              other.class === rule.class &&
              other.validFromUtcNs <= edge &&
              (other.validUntilUtcNs === null || edge < other.validUntilUtcNs),
          ).length <= 1,
        );
  });

  it("end in the instant in which the next ones begin", () => {
    const granularities = (at: bigint) =>
      rulesInForce(unixNs(at)).flatMap((rule) =>
        rule.regime === "mifid-eu" && rule.class === "hft" ? [rule.granularityNs] : [],
      );
    const change = parseIso8601("2026-03-02T00:00:00Z").timeUtcNs;
    assert.deepEqual([granularities(change - 1n), granularities(change)], [[1_000n], [100n]]);
  });

  it("have the digits that their granularity needs", () => {
    for (const { granularityNs, digits } of CLOCK_RULES) assert.equal(granularityNs, 10n ** BigInt(9 - digits));
  });

  it("name an unknown class with the regime and the time", () => {
    assert.throws(() => ruleInForce("mifid-uk", "ctp", unixNs(1_784_122_200n * S)), /mifid-uk.*ctp.*2026-07-15/);
  });
});
