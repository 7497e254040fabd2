import { durationNs, sha256, unixNs } from "@chronoledger/core";
import type { ClockObservation } from "../monitoring/clock-observation.ts";
import { clockStatistics } from "../monitoring/clock-statistics.ts";
import type { AuditReportInput } from "./audit-report.ts";
import type { ClockInventoryItem } from "./report-parts.ts";

/** Input of an invented report, for tests and for looking at the PDF. Not part of the package's interface. */
export type SampleOptions = {
  readonly days?: number;
  readonly nodes?: number;
  readonly excursions?: number;
  readonly stamps?: number;
  readonly test?: boolean;
  /** Nothing observed and nothing stamped. */
  readonly empty?: boolean;
  /** A stretch of the period without observations, and holdover before it. */
  readonly gap?: boolean;
  readonly proofs?: boolean;
};

const S = 1_000_000_000n;
const DAY = 86_400n * S;
/** 2026-07-01T00:00:00Z */
export const SAMPLE_START = 1_782_864_000n * S;
const LIMIT = 100_000n;
const STEP = 600n * S;

const digest = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));

function observation(node: number, index: number, options: SampleOptions): ClockObservation | undefined {
  const timeUtcNs = SAMPLE_START + BigInt(index) * STEP + BigInt(node) * S;
  const excursions = options.excursions ?? 0;
  // Every eighth look of the first node, as often as asked for.
  const off = node === 0 && index % 8 === 4 && (index - 4) / 8 < excursions;
  const wave = BigInt(((index * 37 + node * 11) % 61) - 30) * 900n;
  const lost = options.gap === true && node === 2 && index >= 300 && index < 420;
  if (lost) return undefined;
  const holdover = options.gap === true && node === 2 && index >= 260 && index < 300;
  return {
    timeUtcNs,
    node,
    offsetNs: off ? 180_000n + BigInt(index) * 100n : holdover ? wave + BigInt(index - 260) * 500n : wave,
    uncertaintyNs: off ? 210_000n : 12_000n + BigInt(node) * 700n,
    measurementUncertaintyNs: 4_000n,
    state: "healthy",
    source: node === 2 ? "chrony, 4 NTS servers" : "GNSS receiver with 1PPS",
    test: options.test === true,
    holdover,
    leap: "none",
    epoch: 7,
    taiMinusUtc: 37,
    keyId: `p256:${node}f3ac${node}91d`,
    configurationId: index < 1_000 || node !== 1 ? "node 0.1.0 / 5d41402a" : "node 0.1.1 / 7d793037",
  };
}

const clock = (node: number, test: boolean): ClockInventoryItem => ({
  id: `node-${node}`,
  node,
  operator: ["Operator A", "Operator B", "Operator C", "Operator D"][node % 4] ?? "Operator",
  location: ["Frankfurt", "London", "Stockholm", "Milan"][node % 4] ?? "Frankfurt",
  device: "Server with TPM 2.0 and a GNSS timing card, oven-controlled oscillator",
  source: node === 2 ? "chrony, 4 NTS servers" : "GNSS receiver with 1PPS",
  stampingPoint:
    "In the node's process, after the request is parsed and before the leaf is hashed; the reading is taken from the disciplined system clock with its error bound.",
  keyId: `p256:${node}f3ac${node}91d`,
  keyProtection: test ? "software" : "hardware-attested",
  test,
  chain: [
    {
      clock: `node-${node} system clock`,
      reference: "GNSS receiver",
      method: "1PPS on a hardware timestamping input",
      uncertaintyNs: 400n,
      evidence: `REC-2026-07-${node}`,
    },
    {
      clock: "GNSS receiver",
      reference: "UTC(PTB)",
      method: "GNSS common view, monthly calibration report",
      uncertaintyNs: 60n,
      evidence: test ? null : "PTB-CAL-2026-0417",
    },
  ],
});

function stampsOf(count: number, options: SampleOptions, span: bigint): AuditReportInput["stamps"] {
  return Array.from({ length: count }, (_, index) => ({
    id: `st_${String(index).padStart(6, "0")}_01JZ8Q6H4M7RXV2N5T`,
    timeUtcNs: SAMPLE_START + (span * BigInt(index)) / BigInt(count),
    uncertaintyNs: 14_000n,
    regime: index % 5 === 4 ? null : index % 3 === 0 ? ("cat" as const) : ("mifid-eu" as const),
    class: index % 5 === 4 ? null : index % 3 === 0 ? ("cat-industry-member" as const) : ("hft" as const),
    value: index % 5 === 4 ? null : "2026-07-01T09:30:00.1234567Z",
    imprint: digest(`stamp ${index}`),
    sequence: BigInt(9_000_000 + index),
    test: options.test === true,
    proof: options.proofs === true ? digest(`proof ${index}`) : null,
  }));
}

export function sampleReportInput(options: SampleOptions = {}): AuditReportInput {
  const { days = 31, nodes = 4, test = false, empty = false } = options;
  const span = BigInt(days) * DAY;
  const looks = empty ? 0 : Number(span / STEP);
  const all = Array.from({ length: nodes }, (_, node) => node);
  const observations = all
    .flatMap((node) => Array.from({ length: looks }, (_, index) => observation(node, index, options)))
    .filter((item) => item !== undefined);
  const stamps = empty ? [] : stampsOf(options.stamps ?? 60, options, span);
  const at = (day: number, hour: number) => SAMPLE_START + BigInt(day) * DAY + BigInt(hour) * 3_600n * S;
  const statistics = clockStatistics(observations, {
    fromUtcNs: unixNs(SAMPLE_START),
    toUtcNs: unixNs(SAMPLE_START + span),
    limitNs: durationNs(LIMIT),
    maxSpacingNs: durationNs(2n * STEP),
    partNs: durationNs(DAY),
    nodes: all,
  });
  const first = statistics.excursions[0];
  return {
    reportId: "rep_01JZB7Y3K9Q2W8E4R6T5",
    createdUtcNs: SAMPLE_START + span + 3_600n * S,
    fromUtcNs: SAMPLE_START,
    toUtcNs: SAMPLE_START + span,
    organisation: "Example Trading Europe AG",
    account: "acc_7Q2W8E4R",
    network: {
      networkId: 4_201,
      epoch: 7,
      policyId: 2,
      nodes,
      quorum: Math.max(1, nodes - 1),
      nodeSetDigest: digest("node set"),
    },
    declared: [
      { regime: "mifid-eu", class: "hft" },
      { regime: "cat", class: "cat-industry-member" },
    ],
    clocks: all.map((node) => clock(node, test)),
    statistics,
    actions:
      first === undefined
        ? []
        : [
            {
              node: first.node,
              startUtcNs: first.startUtcNs,
              action: "Receiver lost lock during antenna work; node taken out of rotation, cable replaced.",
            },
          ],
    software: [
      { component: "aggregator", version: "0.1.0", digest: "sha256:9f86d081884c7d65", sinceUtcNs: at(-20, 8) },
      { component: "node", version: "0.1.1", digest: "sha256:60303ae22b998861", sinceUtcNs: at(6, 22) },
    ],
    softwareChanges: empty
      ? []
      : [{ atUtcNs: at(6, 22), component: "node", what: "update", from: "0.1.0", to: "0.1.1", by: "change CR-1184" }],
    tests: empty
      ? []
      : [
          {
            atUtcNs: at(2, 6),
            name: "Holdover of one hour with the antenna taken off",
            result: "passed",
            detail: "Stayed within 31 us.",
          },
          {
            atUtcNs: at(2, 9),
            name: "Node with a wrong clock is outvoted",
            result: "passed",
            detail: "Certificates went on; the node was reported.",
          },
        ],
    keyEvents: empty
      ? []
      : [
          {
            atUtcNs: at(1, 7),
            node: 1,
            event: "attested",
            detail: "TPM quote verified, certified key unchanged.",
            resetCount: 14,
          },
        ],
    stamps,
    stampCount: stamps.length,
    includeProofs: options.proofs === true,
    retentionYears: 7,
    review: { lastReviewUtcNs: at(-150, 10), reviewer: "M. Example", outcome: "No findings." },
    certificates: {
      count: empty ? 0 : days * 86_400,
      first: empty ? null : { sequence: 8_000_001n, timeTaiNs: SAMPLE_START + 37n * S, digest: digest("first") },
      last: empty
        ? null
        : {
            sequence: BigInt(8_000_000 + days * 86_400),
            timeTaiNs: SAMPLE_START + span + 36n * S,
            digest: digest("last"),
          },
    },
  };
}
