import { bytesToHex, toBase64Url, toIso8601, unixNs } from "@chronoledger/core";
import { type CsvValue, csvText } from "../csv.ts";
import type { AuditReport } from "./audit-report.ts";

export type CsvPart = { readonly name: string; readonly text: string };

const iso = (timeUtcNs: bigint | null): string | null => (timeUtcNs === null ? null : toIso8601(unixNs(timeUtcNs), 9));
const part = (name: string, head: readonly string[], rows: readonly (readonly CsvValue[])[]): CsvPart => ({
  name: `${name}.csv`,
  text: csvText([head, ...rows]),
});

function summary(report: AuditReport): CsvPart {
  const rows: CsvValue[][] = [
    ["report", report.reportId],
    ["organisation", report.organisation],
    ["account", report.account],
    ["created", iso(report.createdUtcNs)],
    ["from", iso(report.fromUtcNs)],
    ["to", iso(report.toUtcNs)],
    ["test", report.test],
    ...report.notices.map((text) => ["notice", text]),
    ["verdict", report.verdict.result],
    ["verdict text", report.verdict.text],
    ...report.verdict.restsOn.map((text) => ["rests on", text]),
    ...report.verdict.reservations.map((text) => ["reservation", text]),
    ["network", report.network.networkId],
    ["node set SHA-256", bytesToHex(report.network.nodeSetDigest)],
    ["TAI-UTC at start, s", report.leapSeconds.atStart],
    ["TAI-UTC at end, s", report.leapSeconds.atEnd],
    ["stamps", report.stamps.count],
    ["stamps listed", report.stamps.listed],
    ["kept until", iso(report.retention.keepUntilUtcNs)],
    ["last review", iso(report.annualReview.lastReviewUtcNs)],
    ["review due", iso(report.annualReview.dueUtcNs)],
  ];
  return part("summary", ["item", "value"], rows);
}

const DIVERGENCE_HEAD = [
  "rows",
  "from",
  "to",
  "node",
  "count",
  "measured",
  "p50Ns",
  "p95Ns",
  "p99Ns",
  "maxNs",
  "maxUncertaintyNs",
  "withinLimitPpm",
  "coveredPpm",
];
const divergenceRow = (rows: string, row: AuditReport["divergence"]["parts"][number]): CsvValue[] => [
  rows,
  iso(row.fromUtcNs),
  iso(row.toUtcNs),
  row.node,
  row.count,
  row.measured,
  row.p50Ns,
  row.p95Ns,
  row.p99Ns,
  row.maxNs,
  row.maxUncertaintyNs,
  row.withinLimitPpm,
  row.coveredPpm,
];

/** All that the report states, as one CSV file (RFC 4180) a section. Times are ISO 8601 in UTC with nine digits. */
export function toCsv(report: AuditReport): CsvPart[] {
  const { divergence, stamps } = report;
  return [
    summary(report),
    part(
      "declared",
      ["regime", "class", "title", "limitNs", "granularityNs", "from", "to", "act", "article", "basis"],
      report.declared.map((row) => [
        row.regime,
        row.class,
        row.title,
        row.divergenceLimitNs,
        row.granularityNs,
        iso(row.fromUtcNs),
        iso(row.toUtcNs),
        row.citation.act,
        row.citation.article,
        row.citation.basis,
      ]),
    ),
    part(
      "clocks",
      [
        "id",
        "node",
        "operator",
        "location",
        "device",
        "source",
        "stampingPoint",
        "keyId",
        "keyProtection",
        "test",
        "label",
        "totalUncertaintyNs",
      ],
      report.clocks.map((clock) => [
        clock.id,
        clock.node,
        clock.operator,
        clock.location,
        clock.device,
        clock.source,
        clock.stampingPoint,
        clock.keyId,
        clock.keyProtection,
        clock.test,
        clock.assessment.label,
        clock.assessment.totalUncertaintyNs,
      ]),
    ),
    part(
      "chain",
      ["clockId", "hop", "clock", "reference", "method", "uncertaintyNs", "evidence"],
      report.clocks.flatMap(({ id, chain }) =>
        chain.map((hop, index) => [
          id,
          index + 1,
          hop.clock,
          hop.reference,
          hop.method,
          hop.uncertaintyNs,
          hop.evidence,
        ]),
      ),
    ),
    part("divergence", DIVERGENCE_HEAD, [
      ...divergence.overall.map((row) => divergenceRow("whole", row)),
      ...divergence.parts.map((row) => divergenceRow("part", row)),
    ]),
    part(
      "excursions",
      ["node", "start", "end", "maxDivergenceNs", "affectedFrom", "affectedTo", "open", "affectedStamps", "action"],
      report.excursions.map((row) => [
        row.node,
        iso(row.startUtcNs),
        iso(row.endUtcNs),
        row.maxDivergenceNs,
        iso(row.affectedFromUtcNs),
        iso(row.affectedToUtcNs),
        row.open,
        row.affectedStamps,
        row.action,
      ]),
    ),
    part(
      "gaps",
      ["node", "from", "to"],
      report.gaps.map((row) => [row.node, iso(row.fromUtcNs), iso(row.toUtcNs)]),
    ),
    part(
      "holdovers",
      ["node", "from", "to", "maxUncertaintyNs", "open"],
      report.holdovers.map((row) => [row.node, iso(row.fromUtcNs), iso(row.toUtcNs), row.maxUncertaintyNs, row.open]),
    ),
    part(
      "changes",
      ["at", "where", "what", "from", "to", "by"],
      [
        ...[...report.leapSeconds.record, ...report.observedChanges].map((row) => [
          iso(row.atUtcNs),
          `node ${row.node}`,
          row.what,
          row.from,
          row.to,
          null,
        ]),
        ...report.softwareChanges.map((row) => [iso(row.atUtcNs), row.component, row.what, row.from, row.to, row.by]),
      ],
    ),
    part(
      "software",
      ["component", "version", "digest", "since"],
      report.software.map((row) => [row.component, row.version, row.digest, iso(row.sinceUtcNs)]),
    ),
    part(
      "tests",
      ["at", "name", "result", "detail"],
      report.tests.map((row) => [iso(row.atUtcNs), row.name, row.result, row.detail]),
    ),
    part(
      "key-events",
      ["at", "node", "event", "detail", "resetCount"],
      report.keyEvents.map((row) => [iso(row.atUtcNs), row.node, row.event, row.detail, row.resetCount]),
    ),
    part(
      "stamps",
      ["id", "time", "uncertaintyNs", "regime", "class", "value", "imprint", "sequence", "test", "proof"],
      stamps.items.map((row) => [
        row.id,
        iso(row.timeUtcNs),
        row.uncertaintyNs,
        row.regime,
        row.class,
        row.value,
        bytesToHex(row.imprint),
        row.sequence,
        row.test,
        row.proof === null ? null : toBase64Url(row.proof),
      ]),
    ),
  ];
}
