import assert from "node:assert/strict";
import { bytesToHex, sha256 } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { EU_CHANGE_UTC_NS } from "../regimes/mifid-rules.ts";
import { AuditReport, AuditReportInput } from "./audit-report.ts";
import { buildAuditReport } from "./build-audit-report.ts";
import { auditReportBytes, auditReportImprint, canonicalJson, type JsonValue } from "./canonical-json.ts";
import { addYears } from "./declared-rules.ts";
import { toCsv } from "./report-csv.ts";
import { SAMPLE_START, type SampleOptions, sampleReportInput } from "./sample-report.ts";

const small: SampleOptions = { days: 3, nodes: 3 };
const build = (options: SampleOptions = {}, change: Partial<AuditReportInput> = {}) =>
  buildAuditReport({ ...sampleReportInput({ ...small, ...options }), ...change });
const S = 1_000_000_000n;

describe("audit report", () => {
  it("says within the limit only when nothing speaks against it", () => {
    const report = build();
    assert.equal(report.verdict.result, "within-limit");
    assert.deepEqual(report.verdict.reservations, []);
    assert.match(report.verdict.text, /within 100 µs, and every clock's chain is documented to UTC\(k\)/);
    assert.equal(report.test, false);
    assert.equal(
      report.notices.some((text) => /TEST|software/.test(text)),
      false,
    );
  });

  it("says first of all that a test network is no evidence for a regulator, and claims neither UTC(k) nor hardware", () => {
    const report = build({ test: true });
    assert.match(report.notices[0] ?? "", /^TEST: this report is no evidence for a regulator/);
    assert.match(report.notices[1] ?? "", /keys of 3 clocks are held in software/);
    assert.equal(report.verdict.result, "no-evidence");
    assert.ok(report.clocks.every(({ assessment }) => assessment.label === "UTC(CHRONO)"));
  });

  it("is a test report as soon as one clock, one stamp or one observation is", () => {
    const input = sampleReportInput(small);
    const [clock, ...clocks] = input.clocks;
    const [stamp, ...stamps] = input.stamps;
    assert.ok(clock && stamp);
    for (const change of [
      { clocks: [{ ...clock, test: true }, ...clocks] },
      { stamps: [{ ...stamp, test: true }, ...stamps] },
      { statistics: { ...input.statistics, testFlagSeen: true } },
    ])
      assert.equal(buildAuditReport({ ...input, ...change }).verdict.result, "no-evidence");
  });

  it("calls no key of a test clock hardware, whatever the inventory claims", () => {
    const clocks = sampleReportInput(small).clocks.map((clock) => ({ ...clock, test: true }));
    assert.ok(clocks.every(({ keyProtection }) => keyProtection === "hardware-attested"));
    const report = build({}, { clocks });
    assert.ok(report.clocks.every(({ keyProtection }) => keyProtection === "software"));
  });

  it("has no verdict when nothing was measured", () => {
    const report = build({ empty: true });
    assert.equal(report.verdict.result, "no-evidence");
    assert.match(report.verdict.text, /nothing was measured/);
    assert.deepEqual([report.leapSeconds.atStart, report.stamps.byRegime, report.gaps.length], [null, [], 3]);
  });

  it("tells each excursion with the stamps in doubt and what was done", () => {
    const report = build({ excursions: 3, stamps: 432 });
    assert.equal(report.verdict.result, "excursions");
    assert.match(report.verdict.text, /3 excursions, and 0 stamps/);
    // A stamp every ten minutes: one at either end of the affected range, and one between.
    assert.deepEqual(
      report.excursions.map(({ affectedStamps }) => affectedStamps),
      [3, 3, 3],
    );
    assert.deepEqual(
      report.excursions.map(({ action }) => action !== null),
      [true, false, false],
    );
    assert.ok(report.verdict.reservations.includes("No action is on record for 2 excursions."));
  });

  it("counts stamps by the limit in force when each was made", () => {
    const input = sampleReportInput(small);
    const stamps = input.stamps.map((stamp, index) => ({ ...stamp, uncertaintyNs: index < 10 ? 100_001n : 100_000n }));
    const report = buildAuditReport({ ...input, stamps });
    const hft = report.stamps.byRegime.find((group) => group.class === "hft");
    const expected = stamps.slice(0, 10).filter((stamp) => stamp.class === "hft").length;
    assert.equal(hft?.outsideLimit, expected);
    assert.equal(report.stamps.byRegime.find((group) => group.regime === null)?.outsideLimit, null);
    assert.equal(report.stamps.byRegime.find((group) => group.regime === "cat")?.outsideLimit, 0);
    assert.equal(report.verdict.result, "excursions");
  });

  it("is incomplete with a gap, an unlisted stamp, a node unseen or a chain without evidence", () => {
    const input = sampleReportInput(small);
    const clocks = input.clocks.map((clock) => ({ ...clock, chain: [] }));
    const [first] = input.statistics.overall;
    assert.ok(first);
    const cases: readonly (readonly [Partial<AuditReportInput>, RegExp])[] = [
      [{ stampCount: 61 }, /60 of 61 stamps are listed/],
      [{ clocks }, /chain of node-0 is not shown/],
      [{ clocks: [] }, /No clock is listed/],
      [
        { statistics: { ...input.statistics, gaps: [{ node: 1, fromUtcNs: 0n, toUtcNs: 1n }] } },
        /missing in 1 stretch/,
      ],
      [{ statistics: { ...input.statistics, overall: [first, { ...first, measured: 0 }] } }, /1 node was not measured/],
    ];
    for (const [change, reservation] of cases) {
      const { verdict } = buildAuditReport({ ...input, ...change });
      assert.equal(verdict.result, "incomplete");
      assert.ok(
        verdict.reservations.some((text) => reservation.test(text)),
        String(reservation),
      );
    }
  });

  it("shows both acts when the law changed within the period", () => {
    const input = sampleReportInput({ days: 2, nodes: 1, empty: true });
    const shift = EU_CHANGE_UTC_NS - SAMPLE_START - 86_400n * S;
    const period = { fromUtcNs: input.fromUtcNs + shift, toUtcNs: input.toUtcNs + shift };
    const report = buildAuditReport({ ...input, ...period, statistics: { ...input.statistics, ...period } });
    const rows = report.declared.filter(({ regime }) => regime === "mifid-eu");
    assert.deepEqual(
      rows.map(({ granularityNs }) => granularityNs),
      [1_000n, 100n],
    );
    assert.deepEqual(
      rows.map(({ fromUtcNs, toUtcNs }) => [fromUtcNs, toUtcNs]),
      [
        [period.fromUtcNs, EU_CHANGE_UTC_NS],
        [EU_CHANGE_UTC_NS, period.toUtcNs],
      ],
    );
  });

  it("notes an overdue review, a short retention and a failed test", () => {
    const input = sampleReportInput(small);
    const { verdict, annualReview } = buildAuditReport({
      ...input,
      review: { lastReviewUtcNs: input.createdUtcNs - 366n * 86_400n * S, reviewer: null, outcome: null },
      retentionYears: 4,
      tests: [{ atUtcNs: input.fromUtcNs, name: "t", result: "failed", detail: "d" }],
    });
    assert.equal(annualReview.overdue, true);
    for (const pattern of [/review is overdue/, /mifid-eu asks for 5/, /cat asks for 5/, /1 test failed/])
      assert.ok(
        verdict.reservations.some((text) => pattern.test(text)),
        String(pattern),
      );
    const cat = buildAuditReport({
      ...input,
      declared: [{ regime: "cat", class: "cat-manual" }],
      review: { lastReviewUtcNs: null, reviewer: null, outcome: null },
    });
    assert.deepEqual([cat.annualReview.overdue, cat.annualReview.citation], [false, null]);
  });

  it("counts years on the calendar, and never a day too few", () => {
    const at = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;
    assert.equal(addYears(at("2024-02-29T00:00:00Z"), 1), at("2025-03-01T00:00:00Z"));
    assert.equal(addYears(at("2026-07-01T00:00:00Z"), 7), at("2033-07-01T00:00:00Z"));
    assert.equal(addYears(at("2026-07-01T00:00:00Z") + 1n, 1), at("2027-07-01T00:00:01Z"));
  });

  it("is refused when its parts contradict one another", () => {
    const input = sampleReportInput(small);
    const [stamp] = input.stamps;
    assert.ok(stamp);
    const cases: readonly (readonly [Partial<AuditReportInput>, RegExp])[] = [
      [{ toUtcNs: input.fromUtcNs }, /report period|clock rule/],
      [{ fromUtcNs: input.fromUtcNs + 1n }, /period of the statistics/],
      [{ statistics: { ...input.statistics, limitNs: 100_001n } }, /strictest declared limit/],
      [{ stampCount: 59 }, /stamp count/],
      [{ stamps: [{ ...stamp, timeUtcNs: input.toUtcNs }] }, /stamps of the period only/],
      [{ declared: [{ regime: "mifid-uk", class: "ctp" }] }, /input\/not-found/],
    ];
    for (const [change, what] of cases) assert.throws(() => buildAuditReport({ ...input, ...change }), what);
  });

  it("leaves proofs out unless they are asked for", () => {
    const proofs = (report: AuditReport) => report.stamps.items.filter(({ proof }) => proof !== null).length;
    assert.equal(proofs(build({ proofs: true })), 60);
    assert.equal(proofs(build({ proofs: true }, { includeProofs: false })), 0);
  });
});

describe("audit report as bytes", () => {
  const report = build({ excursions: 2, gap: true, proofs: true });

  it("crosses the wire and comes back the same, with the same imprint", () => {
    const back = AuditReport.decode(JSON.parse(new TextDecoder().decode(auditReportBytes(report))));
    assert.deepEqual(back, report);
    assert.deepEqual(auditReportImprint(back), auditReportImprint(report));
    assert.deepEqual(auditReportImprint(report), sha256(auditReportBytes(report)));
    const input = sampleReportInput(small);
    assert.deepEqual(AuditReportInput.decode(AuditReportInput.encode(input)), input);
  });

  it("has another imprint when anything in it changes", () => {
    const hex = (changed: AuditReport) => bytesToHex(auditReportImprint(changed));
    const all = [
      report,
      { ...report, reportId: "rep_2" },
      { ...report, excursions: report.excursions.slice(1) },
      { ...report, divergence: { ...report.divergence, limitNs: report.divergence.limitNs + 1n } },
    ].map(hex);
    assert.equal(new Set(all).size, all.length);
  });

  it("refuses fields that it does not know: they would not be in the imprint", () => {
    const wire = { ...AuditReport.encode(report), extra: 1 };
    assert.equal(AuditReport.safeParse(wire).success, false);
  });

  it("is canonical JSON by RFC 8785 for what it holds", () => {
    assert.equal(
      canonicalJson({ b: [1, -0, "é\u0007\u2028"], a: null, A: true, "10": 1, "9": 2 }),
      '{"10":1,"9":2,"A":true,"a":null,"b":[1,0,"é\\u0007\u2028"]}',
    );
    // By UTF-16 code units, not by code points: U+1F600 sorts before U+FB33.
    assert.equal(canonicalJson({ "\ufb33": 1, "\u{1f600}": 2 }), '{"\u{1f600}":2,"\ufb33":1}');
    for (const bad of [1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, "\ud800", { "\udfff": 1 }, () => 1, 5n])
      assert.throws(() => canonicalJson(bad as JsonValue), /input\/malformed/);
  });

  it("does not depend on the order in which an object was built", () => {
    const json = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.maxSafeInteger(),
        fc.string(),
        fc.boolean(),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }),
      ),
    })).value;
    const turned = (value: JsonValue): JsonValue => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]) => [key, turned(member)]),
      );
    };
    holds(
      fc.property(json, (value) => {
        assert.equal(canonicalJson(turned(value)), canonicalJson(value));
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("audit report as CSV", () => {
  const parts = new Map(toCsv(build({ excursions: 2, gap: true, proofs: true })).map(({ name, text }) => [name, text]));
  const lines = (name: string) => (parts.get(`${name}.csv`) ?? "").trimEnd().split("\r\n");

  it("has a part for each section, every row as wide as its head", () => {
    assert.deepEqual(
      [...parts.keys()],
      [
        "summary.csv",
        "declared.csv",
        "clocks.csv",
        "chain.csv",
        "divergence.csv",
        "excursions.csv",
        "gaps.csv",
        "holdovers.csv",
        "changes.csv",
        "software.csv",
        "tests.csv",
        "key-events.csv",
        "stamps.csv",
      ],
    );
    for (const name of ["stamps", "divergence", "gaps"])
      for (const line of lines(name)) assert.equal(line.split(",").length, lines(name)[0]?.split(",").length);
  });

  it("keeps every nanosecond and every row", () => {
    assert.equal(lines("excursions").length, 3);
    assert.equal(lines("stamps").length, 61);
    assert.equal(lines("divergence").length, 1 + 3 + 9);
    assert.match(
      lines("excursions")[1] ?? "",
      /^0,2026-07-01T00:40:00.000000000Z,2026-07-01T00:40:00.000000000Z,184400,/,
    );
  });

  it("disarms formulas in free text", () => {
    const [summary] = toCsv(build({}, { organisation: "=HYPERLINK(1)" }));
    assert.match(summary?.text ?? "", /organisation,'=HYPERLINK\(1\)/);
  });
});
